from datetime import datetime

import strawberry

from domain.limits import Budget
from resolvers import devices, messages, mls, notifications
from schema.fields import argument, mutates
from schema.inputs import (
    CommitMlsGroupInput,
    CreateMlsGroupInput,
    PublishMlsKeyPackagesInput,
    RegisterDeviceInput,
    SendMessageInput,
    SendMlsMessageInput,
    StartConversationInput,
)
from schema.payloads import (
    ClaimMlsKeyPackagesPayload,
    ConversationPayload,
    DevicePayload,
    MarkNotificationsReadPayload,
    MessagePayload,
    MlsDevicePayload,
    MlsGroupPayload,
    MlsRemovedPayload,
    UnregisterDevicePayload,
)
from schema.permissions import signed_in
from schema.scalars import Base64, Long

_USER = argument(strawberry.ID, "ID of the user.")
_CONVERSATION = argument(strawberry.ID, "ID of a conversation of the viewer.")
_MESSAGE = argument(strawberry.ID, "ID of the message.")
_DEVICE = argument(strawberry.ID, "ID of an MLS device of the viewer.")
_GROUP = argument(strawberry.ID, "ID of an MLS group in which the viewer has a device.")


@strawberry.type(description="Mutations for messages, devices and notifications.")
class Talk:
    start_conversation: ConversationPayload | None = mutates(
        messages.start,
        ConversationPayload,
        "Starts a conversation with one user, or a group with several. Two users have one conversation: if "
        "it already exists, it is returned. A conversation with a user who does not follow the viewer is a "
        "message request for that user.",
        signed_in,
        budget=Budget(60, per=3600),
        input=argument(StartConversationInput, "The users to start a conversation with."),
    )
    accept_conversation: ConversationPayload | None = mutates(
        messages.accept,
        ConversationPayload,
        "Accepts a message request, which moves the conversation to the viewer's inbox.",
        signed_in,
        conversation_id=_CONVERSATION,
    )
    leave_conversation: ConversationPayload | None = mutates(
        messages.leave,
        ConversationPayload,
        "Leaves a group. For a conversation between two users: removes it with its messages from the "
        "viewer's inbox, until a new message is sent. This also declines a message request. The other user "
        "is not notified.",
        signed_in,
        conversation_id=_CONVERSATION,
    )
    add_conversation_members: ConversationPayload | None = mutates(
        messages.add,
        ConversationPayload,
        "Adds users to a group. They can read messages sent after they joined.",
        signed_in,
        conversation_id=_CONVERSATION,
        user_ids=argument(list[strawberry.ID], "IDs of 1 to 31 users. A group has at most 32 members."),
    )
    remove_conversation_member: ConversationPayload | None = mutates(
        messages.remove,
        ConversationPayload,
        "Removes a user from a group. Allowed for the group's admin.",
        signed_in,
        conversation_id=_CONVERSATION,
        user_id=_USER,
    )
    send_message: MessagePayload | None = mutates(
        messages.send,
        MessagePayload,
        "Sends a message to a conversation. This also marks all earlier messages as read and accepts a "
        "message request.",
        signed_in,
        budget=Budget(120, per=60),
        input=argument(SendMessageInput, "The message to send."),
    )
    unsend_message: MessagePayload | None = mutates(
        messages.unsend,
        MessagePayload,
        "Unsends a message of the viewer: removes its text and attachment for all members.",
        signed_in,
        message_id=_MESSAGE,
    )
    mark_conversation_read: ConversationPayload | None = mutates(
        messages.mark_read,
        ConversationPayload,
        "Marks all messages up to a given one as read. Has no effect when the viewer has already read further.",
        signed_in,
        budget=Budget(300, per=60),
        conversation_id=_CONVERSATION,
        message_id=_MESSAGE,
    )
    set_typing: ConversationPayload | None = mutates(
        messages.set_typing,
        ConversationPayload,
        "Tells the other members that the viewer started or stopped typing. Not stored.",
        signed_in,
        budget=Budget(120, per=60),
        conversation_id=_CONVERSATION,
        is_typing=argument(bool, "Whether the viewer is typing."),
    )
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
    register_device: DevicePayload | None = mutates(
        devices.register,
        DevicePayload,
        "Registers a device for push notifications to the viewer's current session. Repeating the request "
        "has no further effect. When the viewer has more than 10 devices, the one registered longest ago "
        "is removed.",
        signed_in,
        budget=Budget(60, per=3600),
        input=argument(RegisterDeviceInput, "The device to register."),
    )
    unregister_device: UnregisterDevicePayload | None = mutates(
        devices.unregister,
        UnregisterDevicePayload,
        "Stops push notifications to a device of the viewer.",
        signed_in,
        device_id=argument(strawberry.ID, "ID of the device."),
    )
    mark_notifications_read: MarkNotificationsReadPayload | None = mutates(
        notifications.mark_read,
        MarkNotificationsReadPayload,
        "Marks all notifications whose `updatedAt` is at or before the given time as read.",
        signed_in,
        up_to=argument(datetime, "`updatedAt` of the newest notification that was shown."),
    )
