"""Payloads of mutations: the result, or problems with the input that the user can fix."""

from datetime import datetime
from typing import Any

import strawberry

from schema import bounds
from schema.comments import Comment
from schema.devices import Device
from schema.errors import UserError
from schema.fields import attribute
from schema.messages import Conversation, Message
from schema.mls import MlsDevice, MlsGroup, MlsKeyPackage
from schema.posts import Post
from schema.stories import Highlight, Story, StoryReel
from schema.uploads import Upload
from schema.users import User, Viewer


def deleted_id_field() -> Any:
    """The ID of what a mutation deleted."""
    return attribute("ID of the deleted item, to remove it from caches.", default=None)


@strawberry.type(description="Fields of every payload.")
class _Payload:
    user_errors: list[UserError] = attribute(
        "Problems with the input that the user can fix. Empty when the mutation succeeded.",
        default_factory=list,
        at_most=bounds.MISTAKES,
    )


@strawberry.type(description="Result of signing up, signing in or refreshing a session: the tokens of the session.")
class SignInPayload(_Payload):
    viewer: Viewer | None = attribute("The signed-in user. Null when the mutation failed.", default=None)
    access_token: str | None = attribute(
        "Access token. Send it as the header `Authorization: Bearer …`, or as `authorization` in the "
        "payload of `connection_init`.",
        default=None,
        max_bytes=bounds.TOKEN_BYTES,
    )
    access_token_expires_at: datetime | None = attribute(
        "Time at which the access token expires. Call `refreshSession` before.", default=None
    )
    refresh_token: str | None = attribute(
        "Refresh token, to pass to `refreshSession` once.", default=None, max_bytes=bounds.TOKEN_BYTES
    )


@strawberry.type(description="Result of ending a session.")
class SignOutPayload(_Payload):
    pass


@strawberry.type(description="Result of a mutation that changes one of the viewer's settings or lists.")
class ViewerPayload(_Payload):
    viewer: Viewer | None = attribute("The viewer, including the changed values.", default=None)


@strawberry.type(description="Result of a mutation that changes the relationship between the viewer and another user.")
class RelationshipPayload(_Payload):
    user: User | None = attribute(
        "The other user, including the changed values. Null when the viewer may not see that user.", default=None
    )


@strawberry.type(description="Result of creating uploads.")
class CreateUploadsPayload(_Payload):
    uploads: list[Upload] = attribute(
        "The created uploads, in the order of the files.", default_factory=list, at_most=bounds.FILES
    )


@strawberry.type(description="Result of a mutation that changes an upload.")
class UploadPayload(_Payload):
    upload: Upload | None = attribute("The upload in its current state.", default=None)


@strawberry.type(
    description="Result of creating, changing, liking, unliking, saving or unsaving a post, or of removing the "
    "viewer's tags from it."
)
class PostPayload(_Payload):
    post: Post | None = attribute("The post in its current state. Null when the viewer may not see it.", default=None)


@strawberry.type(description="Result of removing the viewer's mention.")
class RemoveMyMentionPayload(_Payload):
    post: Post | None = attribute(
        "The post, when the ID was that of a post. Null when the viewer cannot see it.", default=None
    )
    comment: Comment | None = attribute(
        "The comment, when the ID was that of a comment. Null when the viewer cannot see it.", default=None
    )


@strawberry.type(description="Result of deleting a post.")
class DeletePostPayload(_Payload):
    deleted_id: strawberry.ID | None = deleted_id_field()
    author: User | None = attribute("The author of the deleted post.", default=None)


@strawberry.type(description="Result of changing the viewer's profile.")
class UpdateProfilePayload(_Payload):
    user: User | None = attribute("The viewer's profile, including the changed values.", default=None)


@strawberry.type(description="Result of adding, liking or unliking a comment.")
class CommentPayload(_Payload):
    comment: Comment | None = attribute(
        "The comment in its current state. Null when the viewer may not see it.", default=None
    )


@strawberry.type(description="Result of deleting a comment and its replies.")
class DeleteCommentPayload(_Payload):
    deleted_id: strawberry.ID | None = deleted_id_field()
    post: Post | None = attribute(
        "The post that the deleted comment belonged to. Null when the viewer may not see it.", default=None
    )
    parent: Comment | None = attribute(
        "The comment that the deleted comment replied to. Null for a top-level comment, and when the "
        "viewer may not see it.",
        default=None,
    )


@strawberry.type(description="Result of a mutation that starts or changes a conversation.")
class ConversationPayload(_Payload):
    conversation: Conversation | None = attribute(
        "The conversation in its current state. Null when the viewer is no longer a member.", default=None
    )


@strawberry.type(description="Result of a mutation that sends or changes a message.")
class MessagePayload(_Payload):
    message: Message | None = attribute("The message in its current state.", default=None)


@strawberry.type(description="Result of creating a story.")
class StoryPayload(_Payload):
    story: Story | None = attribute("The story in its current state.", default=None)


@strawberry.type(description="Result of deleting a story.")
class DeleteStoryPayload(_Payload):
    deleted_id: strawberry.ID | None = deleted_id_field()
    story_reel: StoryReel | None = attribute("The viewer's live stories. Null when none is left.", default=None)


@strawberry.type(description="Result of marking stories as seen.")
class MarkStoriesSeenPayload(_Payload):
    stories: list[Story] = attribute(
        "The given stories. Stories that the viewer may not see, or that no longer exist, are left out.",
        default_factory=list,
        at_most=bounds.SEEN_STORIES,
    )


@strawberry.type(description="Result of creating a highlight.")
class HighlightPayload(_Payload):
    highlight: Highlight | None = attribute("The highlight in its current state.", default=None)


@strawberry.type(description="Result of deleting a highlight.")
class DeleteHighlightPayload(_Payload):
    deleted_id: strawberry.ID | None = deleted_id_field()
    user: User | None = attribute("The user who owned the deleted highlight.", default=None)


@strawberry.type(description="Result of marking notifications as read.")
class MarkNotificationsReadPayload(_Payload):
    viewer: Viewer | None = attribute("The viewer, with the current unread counts.", default=None)


@strawberry.type(description="Result of recording impressions.")
class RecordImpressionsPayload(_Payload):
    recorded: int | None = attribute("Number of posts that were recorded for the first time.", default=None)


@strawberry.type(description="Result of a mutation that creates or changes an MLS device.")
class MlsDevicePayload(_Payload):
    device: MlsDevice | None = attribute("The device in its current state.", default=None)


@strawberry.type(description="Result of removing an MLS device or leaving an MLS group.")
class MlsRemovedPayload(_Payload):
    removed_id: strawberry.ID | None = attribute(
        "ID of the removed device, or of the group that was left, to remove it from caches.", default=None
    )


@strawberry.type(description="Result of claiming key packages.")
class ClaimMlsKeyPackagesPayload(_Payload):
    key_packages: list[MlsKeyPackage] = attribute(
        "One key package for each device of the user that is not in the group. Devices without key "
        "packages are left out.",
        default_factory=list,
        at_most=bounds.MLS_DEVICES,
    )


@strawberry.type(description="Result of a mutation that creates or changes an MLS group, or sends a message to it.")
class MlsGroupPayload(_Payload):
    group: MlsGroup | None = attribute("The group in its current state.", default=None)


@strawberry.type(description="Result of registering a device for push notifications.")
class DevicePayload(_Payload):
    device: Device | None = attribute("The registered device.", default=None)


@strawberry.type(description="Result of unregistering a device.")
class UnregisterDevicePayload(_Payload):
    deleted_id: strawberry.ID | None = deleted_id_field()
