from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.mls import rows
from kit.execution import instances_of
from resolvers import mls
from schema import bounds
from schema.fields import at_most, attribute, batched, derived
from schema.scalars import Base64, Long
from schema.types.node import Node, node

if TYPE_CHECKING:
    from schema.types.user import User


@strawberry.enum(description="What an MLS message is to its group.")
class MlsMessageKind(Enum):
    APPLICATION = strawberry.enum_value("APPLICATION", description="What a person said: a PrivateMessage.")
    PROPOSAL = strawberry.enum_value("PROPOSAL", description="A proposal, for some later commit: a PrivateMessage.")
    COMMIT = strawberry.enum_value("COMMIT", description="Begins the next epoch: a PrivateMessage.")
    WELCOME = strawberry.enum_value("WELCOME", description="Lets the device into the group: a Welcome.")


@node(
    rows.Device,
    "A client of MLS (RFC 9420), with the cipher suite 1. Its credentials are basic, and their identity is the text "
    "`USER/DEVICE`: the `id` of its person, a slash, its own `id`. Whoever adds a device holds a key package to that.",
)
class MlsDevice(Node):
    user: Annotated["User", strawberry.lazy("schema.types.user")] | None = batched(
        mls.owners, "Whose it is; null for somebody whom the viewer may no longer see."
    )
    signature_key: Base64 = attribute(
        "Its Ed25519 public key, 32 bytes: in the leaf of each of its key packages.",
        max_bytes=bounds.SIGNATURE_KEY_BYTES,
    )
    created_at: datetime = attribute("When it was registered.")
    last_seen_at: datetime | None = derived(
        mls.seen_at, "When it last published or acknowledged something; null for anyone but its owner."
    )
    key_package_count: int | None = batched(
        mls.package_counts,
        "How many key packages it has left besides the last resort: publish more in time. Null for others.",
    )


@node(rows.Group, "A group of MLS, for whose members it is there. Its MLS group id is the ASCII text of its `id`.")
class MlsGroup(Node):
    epoch: Long = attribute("The epoch that the last accepted commit began; 0 for a new group.")
    devices: list[MlsDevice] = batched(
        mls.devices_of_groups,
        "To which devices its messages are delivered, in the order in which they joined: those of at most 32 people. A "
        "device in the ratchet tree that is not here has left: remove it by a commit.",
        at_most(bounds.MLS_DEVICES_OF_GROUP),
    )


@strawberry.type(description="A key package that was handed out to be used once.")
class MlsKeyPackage:
    device: MlsDevice = attribute("Whom it adds to the group.")
    key_package: Base64 = attribute(
        "An MLSMessage with the KeyPackage. Verify it all the same.", max_bytes=bounds.KEY_PACKAGE_BYTES
    )
    is_type_of = instances_of(rows.Claimed)


@strawberry.type(description="What waits for a device, until it is acknowledged, for 30 days at most.")
class MlsMessage:
    sequence: Long = attribute(
        "Its place in the mailbox of the device: each is one more than the one before. A number that is missing was "
        "not kept (30 days, or 10,000 newer ones): the device has to be added to its groups again."
    )
    kind: MlsMessageKind = attribute("What it is to its group.")
    group_id: strawberry.ID = attribute("The group.")
    epoch: Long = attribute("The epoch it is of; of a welcome, the one it lets into.")
    message: Base64 = attribute(
        "The MLSMessage as it came. The server cannot read it.", max_bytes=bounds.MLS_MESSAGE_BYTES
    )
    sent_at: datetime = attribute("When it came.")
    is_type_of = instances_of(rows.Message)
