"""End-to-end encrypted groups (MLS, RFC 9420): devices, key packages, groups and mailboxes."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.limits import Budget
from domain.mls import rows
from kit.execution import instances_of
from resolvers import mls
from schema import bounds
from schema.fields import (
    PRIVATE,
    argument,
    at_most,
    attribute,
    batched,
    derived,
    idempotency_key_field,
    mutates,
    page_size,
    resolved,
    subscribed,
)
from schema.nodes import Node, node
from schema.payload import Payload
from schema.permissions import signed_in
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


@strawberry.input(description="Key packages of a device to publish.")
class PublishMlsKeyPackagesInput:
    device_id: strawberry.ID = attribute("ID of a device of the viewer.")
    key_packages: list[Base64] = attribute(
        "Key packages: each an MLSMessage that contains a KeyPackage, of at most 4,096 bytes, with a "
        "lifetime of at most 366 days. A device can have 100. A package with the extension `last_resort` "
        "(0x000A) replaces the previous last-resort package. It is given out when no other package is "
        "left, and can be given out more than once."
    )


@strawberry.input(description="A new MLS group.")
class CreateMlsGroupInput:
    device_id: strawberry.ID = attribute(
        "ID of the device of the viewer that creates the group. At first it is the only device in the group."
    )
    idempotency_key: str | None = idempotency_key_field()


@strawberry.input(description="A message to an MLS group.")
class SendMlsMessageInput:
    device_id: strawberry.ID = attribute("ID of the device of the viewer that sends the message.")
    message: Base64 = attribute(
        "An MLSMessage that contains a PrivateMessage, of at most 64 KiB. Its frame identifies the group "
        "and epoch. An application message may belong to the current epoch or one of the 4 previous "
        "epochs, a proposal only to the current epoch."
    )
    idempotency_key: str | None = idempotency_key_field()


@strawberry.input(description="A commit that starts the next epoch of an MLS group.")
class CommitMlsGroupInput:
    device_id: strawberry.ID = attribute("ID of the device of the viewer that sends the commit.")
    commit: Base64 = attribute(
        "An MLSMessage that contains the commit as a PrivateMessage, of at most 64 KiB. Its frame "
        "identifies the group and epoch."
    )
    welcome: Base64 | None = attribute(
        "An MLSMessage that contains the Welcome, of at most 112 KiB. Required when the commit adds "
        "devices. The devices whose key packages it names join the group. The key packages must have been "
        "claimed for this group.",
        default=None,
    )
    removed_device_ids: list[strawberry.ID] | None = attribute(
        "IDs of the devices that the commit removes.", default=None
    )
    idempotency_key: str | None = idempotency_key_field()


@strawberry.type(description="Result of a mutation that creates or changes an MLS device.")
class MlsDevicePayload(Payload):
    device: MlsDevice | None = attribute("The device in its current state.", default=None)


@strawberry.type(description="Result of removing an MLS device or leaving an MLS group.")
class MlsRemovedPayload(Payload):
    removed_id: strawberry.ID | None = attribute(
        "ID of the removed device, or of the group that was left, to remove it from caches.", default=None
    )


@strawberry.type(description="Result of claiming key packages.")
class ClaimMlsKeyPackagesPayload(Payload):
    key_packages: list[MlsKeyPackage] = attribute(
        "One key package for each device of the user that is not in the group. Devices without key "
        "packages are left out.",
        default_factory=list,
        at_most=bounds.MLS_DEVICES,
    )


@strawberry.type(description="Result of a mutation that creates or changes an MLS group, or sends a message to it.")
class MlsGroupPayload(Payload):
    group: MlsGroup | None = attribute("The group in its current state.", default=None)


_USER = argument(strawberry.ID, "ID of the user.")
_DEVICE = argument(strawberry.ID, "ID of an MLS device of the viewer.")
_GROUP = argument(strawberry.ID, "ID of an MLS group in which the viewer has a device.")


@strawberry.type
class Query:
    mls_messages: list[MlsMessage] | None = resolved(
        mls.messages,
        "Messages in the mailbox of an MLS device, oldest first, about 1 MiB per request. Acknowledge "
        "them, then request more. Null when the viewer has no such device. Error UNAUTHENTICATED when "
        "signed out.",
        at_most(bounds.MLS_MESSAGES) | PRIVATE,
        device_id=argument(strawberry.ID, "ID of an MLS device of the viewer."),
        after=argument(Long | None, "Return only messages with a `sequence` greater than this.", 0),
        first=page_size(100),
    )


@strawberry.type
class Mutation:
    register_mls_device: MlsDevicePayload | None = mutates(
        mls.register,
        MlsDevicePayload,
        "Registers a device of the viewer for end-to-end encrypted MLS groups. A user can have 8. "
        "Registering the same key again returns the existing device.",
        signed_in,
        signature_key=argument(Base64, "Ed25519 public key of the device, 32 bytes."),
    )
    remove_mls_device: MlsRemovedPayload | None = mutates(
        mls.remove,
        MlsRemovedPayload,
        "Removes an MLS device with its key packages and its mailbox. Remaining members must remove it "
        "from its groups with a commit.",
        signed_in,
        device_id=_DEVICE,
    )
    publish_mls_key_packages: MlsDevicePayload | None = mutates(
        mls.publish,
        MlsDevicePayload,
        "Publishes key packages, so that other users can add the device to groups. Each package is "
        "verified (RFC 9420 section 10.1). If one is rejected, none is stored. Idempotent.",
        signed_in,
        input=argument(PublishMlsKeyPackagesInput, "The key packages to publish."),
    )
    claim_mls_key_packages: ClaimMlsKeyPackagesPayload | None = mutates(
        mls.claim,
        ClaimMlsKeyPackagesPayload,
        "Claims key packages of a user's devices, or of the viewer's other devices, to add them to a "
        "group. Each package is given out for one group. Claiming again for the same group returns the "
        "same packages until they are used.",
        signed_in,
        budget=Budget(120, per=3600),
        user_id=_USER,
        group_id=_GROUP,
    )
    create_mls_group: MlsGroupPayload | None = mutates(
        mls.create,
        MlsGroupPayload,
        "Creates an end-to-end encrypted group. Create the MLS group with the returned `id` as its group "
        "ID, then add other devices with a commit.",
        signed_in,
        input=argument(CreateMlsGroupInput, "The group to create."),
    )
    send_mls_message: MlsGroupPayload | None = mutates(
        mls.send,
        MlsGroupPayload,
        "Sends an MLS message to the other devices in a group. CONFLICT when the epoch of the message has "
        "passed: process the newer commits first. NOT_ALLOWED in a group of two users when one blocks the "
        "other.",
        signed_in,
        budget=Budget(1800, per=3600),
        input=argument(SendMlsMessageInput, "The message to send."),
    )
    commit_mls_group: MlsGroupPayload | None = mutates(
        mls.commit,
        MlsGroupPayload,
        "Starts the next epoch of a group. CONFLICT when another commit for the same epoch was accepted "
        "first; nothing has changed then: discard this commit, process the accepted one, and commit again.",
        signed_in,
        input=argument(CommitMlsGroupInput, "The commit to send."),
    )
    leave_mls_group: MlsRemovedPayload | None = mutates(
        mls.leave,
        MlsRemovedPayload,
        "Stops delivery of a group's messages to all devices of the viewer. Remaining members must remove "
        "the devices with a commit.",
        signed_in,
        group_id=_GROUP,
    )
    acknowledge_mls_messages: MlsDevicePayload | None = mutates(
        mls.acknowledge,
        MlsDevicePayload,
        "Acknowledges messages that a device has processed and whose result it has stored. They are not "
        "delivered again.",
        signed_in,
        budget=Budget(3600, per=3600),
        device_id=_DEVICE,
        up_to=argument(Long, "`sequence` of the last processed message."),
    )


@strawberry.type
class Subscription:
    mls_messages: MlsMessage = subscribed(
        mls.watch,
        "Messages in the mailbox of an MLS device, in order, then new messages. Messages stay in the "
        "mailbox until they are acknowledged.",
        signed_in,
        device_id=argument(strawberry.ID, "ID of an MLS device of the viewer."),
        after=argument(Long | None, "Return only messages with a `sequence` greater than this.", 0),
    )
