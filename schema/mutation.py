import strawberry

from resolvers import comments, impressions, messages, mls, posts, relationships, uploads, users
from schema.fields import argument, mutates
from schema.inputs import (
    AddCommentInput,
    CommitMlsGroupInput,
    CreateMlsGroupInput,
    CreatePostInput,
    CreateUploadsInput,
    PublishMlsKeyPackagesInput,
    RecordImpressionsInput,
    SendMessageInput,
    SendMlsMessageInput,
    SignInInput,
    SignUpInput,
    StartConversationInput,
    UpdatePostInput,
    UpdateProfileInput,
)
from schema.payloads import (
    ClaimMlsKeyPackagesPayload,
    CommentPayload,
    ConversationPayload,
    CreateUploadsPayload,
    DeleteCommentPayload,
    DeletePostPayload,
    MessagePayload,
    MlsDevicePayload,
    MlsGroupPayload,
    MlsRemovedPayload,
    PostPayload,
    RecordImpressionsPayload,
    RelationshipPayload,
    SignInPayload,
    SignOutPayload,
    UpdateProfilePayload,
)
from schema.permissions import anyone, signed_in
from schema.scalars import Base64, Long

_USER = argument(strawberry.ID, "A person's id.")
_POST = argument(strawberry.ID, "A post's id.")
_COMMENT = argument(strawberry.ID, "A comment's id.")
_CONVERSATION = argument(strawberry.ID, "A conversation of the viewer's.")
_MESSAGE = argument(strawberry.ID, "A message's id.")
_DEVICE = argument(strawberry.ID, "A device of the viewer's.")
_GROUP = argument(strawberry.ID, "A group that a device of the viewer's is in.")
_PASSWORD = argument(str, "The viewer's: a stolen token is not enough.")
_REFRESH_TOKEN = argument(str, "As the last sign-in, sign-up or refresh gave it.")


@strawberry.type(description="What can be done.")
class Mutation:
    sign_up: SignInPayload | None = mutates(
        users.sign_up,
        SignInPayload,
        "Make an account and sign in to it.",
        anyone,
        input=argument(SignUpInput, "The account."),
    )
    sign_in: SignInPayload | None = mutates(
        users.sign_in, SignInPayload, "Begin a session.", anyone, input=argument(SignInInput, "Credentials.")
    )
    refresh_session: SignInPayload | None = mutates(
        users.refresh_session,
        SignInPayload,
        "Spends the refresh token. A retry within 30 s is answered again, any other second use ends every session of "
        "its family.",
        anyone,
        refresh_token=_REFRESH_TOKEN,
    )
    sign_out: SignOutPayload | None = mutates(
        users.sign_out, SignOutPayload, "End the session of this token.", anyone, refresh_token=_REFRESH_TOKEN
    )
    update_profile: UpdateProfilePayload | None = mutates(
        users.update_profile,
        UpdateProfilePayload,
        "Change the viewer's profile.",
        signed_in,
        input=argument(UpdateProfileInput, "What to change."),
    )
    deactivate_account: SignOutPayload | None = mutates(
        users.deactivate,
        SignOutPayload,
        "Hidden at once; signing in brings it back.",
        signed_in,
        password=_PASSWORD,
    )
    delete_account: SignOutPayload | None = mutates(
        users.delete,
        SignOutPayload,
        "Gone for everybody at once, erased within a day.",
        signed_in,
        password=_PASSWORD,
    )
    follow: RelationshipPayload | None = mutates(
        relationships.follow,
        RelationshipPayload,
        "Follow somebody, or ask to where their account is private.",
        signed_in,
        user_id=_USER,
    )
    unfollow: RelationshipPayload | None = mutates(
        relationships.unfollow,
        RelationshipPayload,
        "Stop following somebody, or withdraw the request to.",
        signed_in,
        user_id=_USER,
    )
    accept_follow_request: RelationshipPayload | None = mutates(
        relationships.accept,
        RelationshipPayload,
        "Let somebody who has asked to follow the viewer do so.",
        signed_in,
        user_id=_USER,
    )
    decline_follow_request: RelationshipPayload | None = mutates(
        relationships.decline,
        RelationshipPayload,
        "Refuse somebody who has asked to follow the viewer; they are not told.",
        signed_in,
        user_id=_USER,
    )
    remove_follower: RelationshipPayload | None = mutates(
        relationships.remove_follower,
        RelationshipPayload,
        "Have somebody follow the viewer no longer; they are not told.",
        signed_in,
        user_id=_USER,
    )
    block: RelationshipPayload | None = mutates(
        relationships.block,
        RelationshipPayload,
        "Neither sees what the other does; follows and requests end both ways.",
        signed_in,
        user_id=_USER,
    )
    unblock: RelationshipPayload | None = mutates(
        relationships.unblock,
        RelationshipPayload,
        "Take a block back. What it ended does not begin again.",
        signed_in,
        user_id=_USER,
    )
    mute: RelationshipPayload | None = mutates(
        relationships.mute,
        RelationshipPayload,
        "Keep somebody's posts out of the viewer's feed; they are not told.",
        signed_in,
        user_id=_USER,
    )
    unmute: RelationshipPayload | None = mutates(
        relationships.unmute,
        RelationshipPayload,
        "Let somebody's posts into the viewer's feed again.",
        signed_in,
        user_id=_USER,
    )
    set_close_friend: RelationshipPayload | None = mutates(
        relationships.set_close_friend,
        RelationshipPayload,
        "Put somebody among the viewer's close friends, or out of them; they are not told.",
        signed_in,
        user_id=_USER,
        is_close_friend=argument(bool, "Whether they are one."),
    )
    create_uploads: CreateUploadsPayload | None = mutates(
        uploads.create,
        CreateUploadsPayload,
        "Places to send files to.",
        signed_in,
        input=argument(CreateUploadsInput, "The files."),
    )
    create_post: PostPayload | None = mutates(
        posts.create,
        PostPayload,
        "May be sent before the bytes: the post publishes itself when its media is READY.",
        signed_in,
        input=argument(CreatePostInput, "The post."),
    )
    delete_post: DeletePostPayload | None = mutates(
        posts.delete,
        DeletePostPayload,
        "Delete a post of the viewer's, with its media.",
        signed_in,
        post_id=_POST,
    )
    update_post: PostPayload | None = mutates(
        posts.update,
        PostPayload,
        "Change a post of the viewer's.",
        signed_in,
        input=argument(UpdatePostInput, "What to change."),
    )
    like_post: PostPayload | None = mutates(posts.like, PostPayload, "Like a post.", signed_in, post_id=_POST)
    unlike_post: PostPayload | None = mutates(
        posts.unlike, PostPayload, "Like a post no longer.", signed_in, post_id=_POST
    )
    save_post: PostPayload | None = mutates(
        posts.save, PostPayload, "Keep a post for oneself.", signed_in, post_id=_POST
    )
    unsave_post: PostPayload | None = mutates(
        posts.unsave, PostPayload, "Keep a post no longer.", signed_in, post_id=_POST
    )
    add_comment: CommentPayload | None = mutates(
        comments.add,
        CommentPayload,
        "Say something under a post.",
        signed_in,
        input=argument(AddCommentInput, "The comment."),
    )
    delete_comment: DeleteCommentPayload | None = mutates(
        comments.delete,
        DeleteCommentPayload,
        "Delete a comment with its replies: for its author and the author of the post.",
        signed_in,
        comment_id=_COMMENT,
    )
    like_comment: CommentPayload | None = mutates(
        comments.like, CommentPayload, "Like a comment.", signed_in, comment_id=_COMMENT
    )
    unlike_comment: CommentPayload | None = mutates(
        comments.unlike, CommentPayload, "Like a comment no longer.", signed_in, comment_id=_COMMENT
    )
    record_impressions: RecordImpressionsPayload | None = mutates(
        impressions.record,
        RecordImpressionsPayload,
        "Tell what the viewer was shown: ranking learns from it. The first time counts; posts that are not there for "
        "the viewer, and their own, are left out.",
        signed_in,
        input=argument(RecordImpressionsInput, "What was shown."),
    )
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
