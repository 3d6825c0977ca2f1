from datetime import datetime

import strawberry

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

_USER = argument(strawberry.ID, "A person's id.")
_CONVERSATION = argument(strawberry.ID, "A conversation of the viewer's.")
_MESSAGE = argument(strawberry.ID, "A message's id.")
_DEVICE = argument(strawberry.ID, "A device of the viewer's.")
_GROUP = argument(strawberry.ID, "A group that a device of the viewer's is in.")


@strawberry.type(description="What can be done about messages, devices and notifications.")
class Talk:
    start_conversation: ConversationPayload | None = mutates(
        messages.start,
        ConversationPayload,
        "Two people share one conversation for ever: asking again returns it. With more it is a group.",
        signed_in,
        input=argument(StartConversationInput, "Whom to write to."),
    )
    accept_conversation: ConversationPayload | None = mutates(
        messages.accept,
        ConversationPayload,
        "Take up what a stranger began.",
        signed_in,
        conversation_id=_CONVERSATION,
    )
    leave_conversation: ConversationPayload | None = mutates(
        messages.leave,
        ConversationPayload,
        "Leave a group. The conversation of two people leaves the inbox, with all that was said, until something is "
        "said again. So a request is declined; nobody is told.",
        signed_in,
        conversation_id=_CONVERSATION,
    )
    add_conversation_members: ConversationPayload | None = mutates(
        messages.add,
        ConversationPayload,
        "Bring people into a group, where they read what is said from now on.",
        signed_in,
        conversation_id=_CONVERSATION,
        user_ids=argument(list[strawberry.ID], "1 to 31 people; a group has at most 32."),
    )
    remove_conversation_member: ConversationPayload | None = mutates(
        messages.remove,
        ConversationPayload,
        "Put somebody out of a group: for its admin.",
        signed_in,
        conversation_id=_CONVERSATION,
        user_id=_USER,
    )
    send_message: MessagePayload | None = mutates(
        messages.send,
        MessagePayload,
        "Say something in a conversation. Whoever says something has read what was said before.",
        signed_in,
        input=argument(SendMessageInput, "What to say."),
    )
    unsend_message: MessagePayload | None = mutates(
        messages.unsend,
        MessagePayload,
        "Take a message of the viewer's back, from everybody.",
        signed_in,
        message_id=_MESSAGE,
    )
    mark_conversation_read: ConversationPayload | None = mutates(
        messages.mark_read,
        ConversationPayload,
        "The viewer has read everything up to a message; nothing happens where they had read further.",
        signed_in,
        conversation_id=_CONVERSATION,
        message_id=_MESSAGE,
    )
    set_typing: ConversationPayload | None = mutates(
        messages.set_typing,
        ConversationPayload,
        "Tell the others that the viewer is writing, or is not. It is not kept.",
        signed_in,
        conversation_id=_CONVERSATION,
        is_typing=argument(bool, "Whether they are."),
    )
    register_mls_device: MlsDevicePayload | None = mutates(
        mls.register,
        MlsDevicePayload,
        "A device of the viewer's to take part in end-to-end encrypted groups with: at most 8. The same key gives the "
        "same device.",
        signed_in,
        signature_key=argument(Base64, "Its Ed25519 public key, 32 bytes."),
    )
    remove_mls_device: MlsRemovedPayload | None = mutates(
        mls.remove,
        MlsRemovedPayload,
        "Remove a device with its key packages and all that waits for it. Its groups have yet to commit its removal.",
        signed_in,
        device_id=_DEVICE,
    )
    publish_mls_key_packages: MlsDevicePayload | None = mutates(
        mls.publish,
        MlsDevicePayload,
        "Let others add a device to groups. Each package is verified (RFC 9420 section 10.1); where one is refused, "
        "none is kept. Sent again, nothing happens twice.",
        signed_in,
        input=argument(PublishMlsKeyPackagesInput, "The packages."),
    )
    claim_mls_key_packages: ClaimMlsKeyPackagesPayload | None = mutates(
        mls.claim,
        ClaimMlsKeyPackagesPayload,
        "Key packages of somebody's devices, or of the viewer's other ones, to add them to a group. Each is handed out "
        "for one group; asked for again for that group before it is used, it is the same.",
        signed_in,
        user_id=_USER,
        group_id=_GROUP,
    )
    create_mls_group: MlsGroupPayload | None = mutates(
        mls.create,
        MlsGroupPayload,
        "An end-to-end encrypted group: make it in MLS with the `id` as its group id, and add others by a commit.",
        signed_in,
        input=argument(CreateMlsGroupInput, "The group."),
    )
    send_mls_message: MlsGroupPayload | None = mutates(
        mls.send,
        MlsGroupPayload,
        "Have a message delivered to the other devices in its group. CONFLICT where it is of an epoch that is over: "
        "catch up first. NOT_ALLOWED in a group of two people of whom one blocks the other.",
        signed_in,
        input=argument(SendMlsMessageInput, "The message."),
    )
    commit_mls_group: MlsGroupPayload | None = mutates(
        mls.commit,
        MlsGroupPayload,
        "Begin the next epoch of a group. CONFLICT, with nothing done, where another commit of the same epoch came "
        "first: drop this one, process that, and commit again.",
        signed_in,
        input=argument(CommitMlsGroupInput, "The commit."),
    )
    leave_mls_group: MlsRemovedPayload | None = mutates(
        mls.leave,
        MlsRemovedPayload,
        "Deliver nothing of a group to the viewer's devices any more. The others have yet to remove them by a commit.",
        signed_in,
        group_id=_GROUP,
    )
    acknowledge_mls_messages: MlsDevicePayload | None = mutates(
        mls.acknowledge,
        MlsDevicePayload,
        "A device has processed what came up to a sequence, and kept the outcome: it is not sent again.",
        signed_in,
        device_id=_DEVICE,
        up_to=argument(Long, "The `sequence` of the last message it has."),
    )
    register_device: DevicePayload | None = mutates(
        devices.register,
        DevicePayload,
        "Have the viewer's session told by push of what happens while nothing of theirs is connected. Sent again, it "
        "changes nothing; of more than 10 devices the one that was registered longest ago gives way.",
        signed_in,
        input=argument(RegisterDeviceInput, "The device."),
    )
    unregister_device: UnregisterDevicePayload | None = mutates(
        devices.unregister,
        UnregisterDevicePayload,
        "Send nothing to a device of the viewer's any more.",
        signed_in,
        device_id=argument(strawberry.ID, "A device's id."),
    )
    mark_notifications_read: MarkNotificationsReadPayload | None = mutates(
        notifications.mark_read,
        MarkNotificationsReadPayload,
        "All whose updatedAt is at or before this instant.",
        signed_in,
        up_to=argument(datetime, "The updatedAt of the newest that was shown."),
    )
