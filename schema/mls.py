from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.mls import rows
from kit.execution import instances_of
from resolvers import mls
from schema import bounds
from schema.fields import at_most, attribute, batched, derived
from schema.nodes import Node, node
from schema.scalars import Base64, Long

if TYPE_CHECKING:
    from schema.users import User


@strawberry.enum(description="Kind of an MLS message.")
class MlsMessageKind(Enum):
    APPLICATION = strawberry.enum_value(
        "APPLICATION", description="Application message: content written by a user. A PrivateMessage."
    )
    PROPOSAL = strawberry.enum_value(
        "PROPOSAL", description="Proposal, to be included in a later commit. A PrivateMessage."
    )
    COMMIT = strawberry.enum_value(
        "COMMIT", description="Commit, which starts the next epoch of the group. A PrivateMessage."
    )
    WELCOME = strawberry.enum_value("WELCOME", description="Welcome, which adds the receiving device to the group.")


@node(
    rows.Device,
    "A client of MLS (RFC 9420) that uses cipher suite 1. Its credentials are basic credentials with "
    "the identity `USER/DEVICE`: the `id` of the user, a slash, and the `id` of this device. Verify "
    "this identity in every key package before you add the device to a group.",
)
class MlsDevice(Node):
    user: Annotated["User", strawberry.lazy("schema.users")] | None = batched(
        mls.owners, "The user who owns the device. Null when the viewer may not see that user."
    )
    signature_key: Base64 = attribute(
        "Ed25519 public key of the device, 32 bytes. Every key package of the device contains it in its leaf node.",
        max_bytes=bounds.SIGNATURE_KEY_BYTES,
    )
    created_at: datetime = attribute("Time at which the device was registered.")
    last_seen_at: datetime | None = derived(
        mls.seen_at,
        "Time at which the device last published key packages or acknowledged messages. Visible to its "
        "owner; null for everyone else.",
    )
    key_package_count: int | None = batched(
        mls.package_counts,
        "Number of unclaimed key packages of the device, without the last-resort package. Publish more "
        "before it reaches 0. Visible to its owner; null for everyone else.",
    )


@node(
    rows.Group,
    "An end-to-end encrypted MLS group. Visible to users with a device in the group. Its MLS group ID "
    "is the ASCII text of its `id`.",
)
class MlsGroup(Node):
    epoch: Long = attribute("Current epoch, which the last accepted commit started. 0 for a new group.")
    devices: list[MlsDevice] = batched(
        mls.devices_of_groups,
        "Devices to which messages of the group are delivered, in the order in which they joined. They "
        "belong to at most 32 users. A device that is in the ratchet tree but not in this list has left "
        "the group: remove it with a commit.",
        at_most(bounds.MLS_DEVICES_OF_GROUP),
    )


@strawberry.type(description="A key package that was claimed to add a device to a group.")
class MlsKeyPackage:
    device: MlsDevice = attribute("The device that the key package adds to the group.")
    key_package: Base64 = attribute(
        "An MLSMessage that contains the KeyPackage. The server has verified it; clients must verify it again.",
        max_bytes=bounds.KEY_PACKAGE_BYTES,
    )
    is_type_of = instances_of(rows.Claimed)


@strawberry.type(
    description="A message in the mailbox of a device. It is kept until the device acknowledges it, for at most 30 "
    "days."
)
class MlsMessage:
    sequence: Long = attribute(
        "Position of the message in the mailbox. Each position is one higher than the previous one. A "
        "missing number means that a message was dropped, after 30 days or 10,000 newer messages. The "
        "device must then be added to its groups again."
    )
    kind: MlsMessageKind = attribute("Kind of the message.")
    group_id: strawberry.ID = attribute("ID of the group.")
    epoch: Long = attribute("Epoch in which the message was sent. For a welcome: the epoch in which the device joins.")
    message: Base64 = attribute(
        "The MLSMessage as it was sent. The server cannot decrypt it.", max_bytes=bounds.MLS_MESSAGE_BYTES
    )
    sent_at: datetime = attribute("Time at which the server received the message.")
    is_type_of = instances_of(rows.Message)
