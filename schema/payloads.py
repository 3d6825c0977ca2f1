"""What mutations answer: what they did, or what a person has to mend."""

from datetime import datetime

import strawberry

from schema import bounds
from schema.fields import attribute
from schema.types.comment import Comment
from schema.types.device import Device
from schema.types.errors import UserError
from schema.types.message import Conversation, Message
from schema.types.mls import MlsDevice, MlsGroup, MlsKeyPackage
from schema.types.post import Post
from schema.types.story import Highlight, Story, StoryReel
from schema.types.upload import Upload
from schema.types.user import User, Viewer


@strawberry.type(description="What every payload has.")
class _Payload:
    user_errors: list[UserError] = attribute("Empty where it was done.", default_factory=list, at_most=bounds.MISTAKES)


@strawberry.type(description="A session's tokens.")
class SignInPayload(_Payload):
    viewer: Viewer | None = attribute("Who is signed in.", default=None)
    access_token: str | None = attribute(
        "Sent as `Authorization: Bearer …`, or in connection_init's payload as `authorization`.",
        default=None,
        max_bytes=bounds.TOKEN_BYTES,
    )
    access_token_expires_at: datetime | None = attribute("Refresh the session before.", default=None)
    refresh_token: str | None = attribute("For `refreshSession`, once.", default=None, max_bytes=bounds.TOKEN_BYTES)


@strawberry.type(description="A session ended.")
class SignOutPayload(_Payload):
    pass


@strawberry.type(description="Result of a mutation that changes one of the viewer's settings or lists.")
class ViewerPayload(_Payload):
    viewer: Viewer | None = attribute("The viewer, including the changed values.", default=None)


@strawberry.type(description="How the viewer stands to somebody now.")
class RelationshipPayload(_Payload):
    user: User | None = attribute("Whom it was about.", default=None)


@strawberry.type(description="Places for files.")
class CreateUploadsPayload(_Payload):
    uploads: list[Upload] = attribute("In the order of the files.", default_factory=list, at_most=bounds.FILES)


@strawberry.type(description="An upload as it is now.")
class UploadPayload(_Payload):
    upload: Upload | None = attribute("The upload.", default=None)


@strawberry.type(description="A post as it is now.")
class PostPayload(_Payload):
    post: Post | None = attribute("The post.", default=None)


@strawberry.type(description="Result of removing the viewer's mention.")
class RemoveMyMentionPayload(_Payload):
    post: Post | None = attribute(
        "The post, when the ID was that of a post. Null when the viewer cannot see it.", default=None
    )
    comment: Comment | None = attribute(
        "The comment, when the ID was that of a comment. Null when the viewer cannot see it.", default=None
    )


@strawberry.type(description="A post that is gone.")
class DeletePostPayload(_Payload):
    deleted_id: strawberry.ID | None = attribute("Its id, to drop it from caches.", default=None)
    author: User | None = attribute("Whose it was.", default=None)


@strawberry.type(description="A profile as it is now.")
class UpdateProfilePayload(_Payload):
    user: User | None = attribute("The viewer.", default=None)


@strawberry.type(description="A comment as it is now.")
class CommentPayload(_Payload):
    comment: Comment | None = attribute("The comment.", default=None)


@strawberry.type(description="A comment that is gone, with its replies.")
class DeleteCommentPayload(_Payload):
    deleted_id: strawberry.ID | None = attribute("Its id, to drop it from caches.", default=None)
    post: Post | None = attribute("What it was said under.", default=None)
    parent: Comment | None = attribute("What it answered; null for a top-level comment.", default=None)


@strawberry.type(description="A conversation as it is now.")
class ConversationPayload(_Payload):
    conversation: Conversation | None = attribute("Null where the viewer is in it no more.", default=None)


@strawberry.type(description="A message as it is now.")
class MessagePayload(_Payload):
    message: Message | None = attribute("The message.", default=None)


@strawberry.type(description="A story as it is now.")
class StoryPayload(_Payload):
    story: Story | None = attribute("The story.", default=None)


@strawberry.type(description="A story that is gone.")
class DeleteStoryPayload(_Payload):
    deleted_id: strawberry.ID | None = attribute("Its id, to drop it from caches.", default=None)
    story_reel: StoryReel | None = attribute("The viewer's; null where nothing else of theirs is live.", default=None)


@strawberry.type(description="Stories were seen.")
class MarkStoriesSeenPayload(_Payload):
    stories: list[Story] = attribute(
        "Those of them that are there for the viewer.", default_factory=list, at_most=bounds.SEEN_STORIES
    )


@strawberry.type(description="A highlight as it is now.")
class HighlightPayload(_Payload):
    highlight: Highlight | None = attribute("The highlight.", default=None)


@strawberry.type(description="A highlight that is gone.")
class DeleteHighlightPayload(_Payload):
    deleted_id: strawberry.ID | None = attribute("Its id, to drop it from caches.", default=None)
    user: User | None = attribute("Whose it was.", default=None)


@strawberry.type(description="Notifications were read.")
class MarkNotificationsReadPayload(_Payload):
    viewer: Viewer | None = attribute("With its unread counts as they are now.", default=None)


@strawberry.type(description="Posts were shown.")
class RecordImpressionsPayload(_Payload):
    recorded: int | None = attribute("How many of them for the first time.", default=None)


@strawberry.type(description="A device as it is now.")
class MlsDevicePayload(_Payload):
    device: MlsDevice | None = attribute("The device.", default=None)


@strawberry.type(description="What the viewer is rid of.")
class MlsRemovedPayload(_Payload):
    removed_id: strawberry.ID | None = attribute("Its id, to drop it from caches.", default=None)


@strawberry.type(description="Key packages of somebody's devices.")
class ClaimMlsKeyPackagesPayload(_Payload):
    key_packages: list[MlsKeyPackage] = attribute(
        "One for each device that is not in the group; a device that has none left is not among them.",
        default_factory=list,
        at_most=bounds.MLS_DEVICES,
    )


@strawberry.type(description="A group as it is now.")
class MlsGroupPayload(_Payload):
    group: MlsGroup | None = attribute("The group.", default=None)


@strawberry.type(description="A device that push reaches.")
class DevicePayload(_Payload):
    device: Device | None = attribute("The device.", default=None)


@strawberry.type(description="A device that is not reached any more.")
class UnregisterDevicePayload(_Payload):
    deleted_id: strawberry.ID | None = attribute("Its id, to drop it from caches.", default=None)
