"""Inputs of mutations."""

from datetime import date
from typing import Any

import strawberry

from domain.media.formats import FORMATS
from schema.devices import DevicePlatform
from schema.fields import attribute
from schema.media import PhotoFilter
from schema.posts import FeedOrder
from schema.scalars import Base64, Long
from schema.stories import StoryAudience
from schema.uploads import MediaKind

_USERNAME = (
    "1 to 30 letters (a-z), digits, dots and underscores. It must not begin or end with a dot, "
    "or contain two dots in a row."
)
_CAPTION = "At most 2,200 characters, with at most 30 hashtags and 20 mentions."


def idempotency_key_field(note: str = "") -> Any:
    """The field `idempotencyKey` of an input; `note` is added to its description."""
    text = "Client-chosen key of 1 to 64 characters. "
    text += "Repeating a request with the same key and input has no further effect."
    return attribute(f"{text} {note}".rstrip(), default=None)


@strawberry.input(description="A new account.")
class SignUpInput:
    username: str = attribute(f"Username: {_USERNAME} Letter case is ignored.")
    email: str = attribute("Email address, at most 254 characters.")
    password: str = attribute("Password, 8 to 256 characters.")
    display_name: str | None = attribute(
        "Name shown on the profile, at most 60 characters. If omitted or empty: the username.", default=None
    )
    birth_date: date = attribute("Date of birth of the user. The minimum age is 13 years.")


@strawberry.input(description="Credentials of an account.")
class SignInInput:
    login: str = attribute("Username or email address.")
    password: str = attribute("Password of the account.")


@strawberry.input(description="A search that the viewer finished by opening a result or the list of all results.")
class RecordSearchInput:
    query: str = attribute("Text that the viewer typed, 1 to 100 characters.")
    item_id: strawberry.ID | None = attribute(
        "ID of the result the viewer opened. Omit it when the viewer opened the list of all results.", default=None
    )
    position: int | None = attribute("Position of the opened result in the list, starting at 0.", default=None)


@strawberry.input(description="A file to upload.")
class UploadFileInput:
    kind: MediaKind = attribute("Kind of the file.")
    content_type: str = attribute(
        f"MIME type of the file: {', '.join(FORMATS)}, or another value of "
        "`UploadConstraints.contentTypes`. The server determines the actual format from the content of the file."
    )
    byte_size: Long = attribute("Exact size of the file, in bytes. At most 8 MiB for a photo, 4 GiB for a video.")


@strawberry.input(description="Files to upload.")
class CreateUploadsInput:
    files: list[UploadFileInput] = attribute("1 to 10 files.")
    idempotency_key: str | None = idempotency_key_field()


@strawberry.input(description="A part of a multipart upload that the client has sent.")
class CompletedPartInput:
    number: int = attribute("Number of the part, starting at 1.")
    etag: str = attribute("ETag of the part, as returned by its PUT request.")


@strawberry.input(description="An upload whose bytes have been sent.")
class CompleteUploadInput:
    upload_id: strawberry.ID = attribute("ID of an upload of the viewer.")
    parts: list[CompletedPartInput] | None = attribute(
        "For a multipart upload: the parts that were sent. The server compares their ETags with those in "
        "object storage. Optional.",
        default=None,
    )


@strawberry.input(description="A user to tag in a photo or video.")
class UserTagInput:
    user_id: strawberry.ID = attribute("ID of the user to tag. The viewer must be allowed to see the user's content.")
    x: float = attribute("Horizontal position of the tag, from 0 (left edge) to 1 (right edge).")
    y: float = attribute("Vertical position of the tag, from 0 (top edge) to 1 (bottom edge).")


@strawberry.input(description="A location.")
class LocationInput:
    name: str = attribute("Name of the location, 1 to 100 characters.")
    latitude: float | None = attribute(
        "Latitude in degrees, -90 to 90. Give both coordinates or neither.", default=None
    )
    longitude: float | None = attribute(
        "Longitude in degrees, -180 to 180. Give both coordinates or neither.", default=None
    )


@strawberry.input(description="A photo or video of a post.")
class PostMediaInput:
    upload_id: strawberry.ID = attribute(
        "ID of an upload of the viewer that is not used yet. Its bytes may arrive later."
    )
    filter: PhotoFilter | None = attribute(
        "Filter to apply to a photo. Not available for videos and animated images.", default=None
    )
    alt_text: str | None = attribute(
        "Description of the content for people who cannot see it, at most 1,000 characters.", default=None
    )
    user_tags: list[UserTagInput] | None = attribute("Users to tag, at most 20.", default=None)


@strawberry.input(description="A new post.")
class CreatePostInput:
    media: list[PostMediaInput] = attribute("1 to 10 photos and videos, in the order in which they are shown.")
    caption: str | None = attribute(f"Caption of the post. {_CAPTION}", default=None)
    location: LocationInput | None = attribute("Location of the post.", default=None)
    comments_disabled: bool | None = attribute(
        "Whether to disable comments for everyone. Default: false.", default=None
    )
    idempotency_key: str | None = idempotency_key_field()


@strawberry.input(description="A new story.")
class CreateStoryInput:
    upload_id: strawberry.ID = attribute(
        "ID of an upload of the viewer that is not used yet. Its bytes may arrive later."
    )
    audience: StoryAudience | None = attribute("Users who may see the story. Default: FOLLOWERS.", default=None)
    filter: PhotoFilter | None = attribute(
        "Filter to apply to a photo. Not available for videos and animated images.", default=None
    )
    idempotency_key: str | None = idempotency_key_field()


@strawberry.input(description="A new highlight.")
class CreateHighlightInput:
    title: str = attribute("Title of the highlight, 1 to 50 characters.")
    story_ids: list[strawberry.ID] = attribute(
        "IDs of 1 to 100 published stories of the viewer. A story that is in no highlight is deleted soon "
        "after it has expired."
    )
    idempotency_key: str | None = idempotency_key_field()


@strawberry.input(description="Changes to a post. Omitted fields stay unchanged; null clears a field.")
class UpdatePostInput:
    post_id: strawberry.ID = attribute("ID of a post of the viewer.")
    caption: str | None = attribute(f"New caption. {_CAPTION}", default=strawberry.UNSET)
    location: LocationInput | None = attribute("New location of the post.", default=strawberry.UNSET)
    comments_disabled: bool | None = attribute(
        "Whether to disable comments for everyone. Null means false.", default=strawberry.UNSET
    )


@strawberry.input(description="Changes to the viewer's profile. Omitted fields stay unchanged; null clears a field.")
class UpdateProfileInput:
    username: str | None = attribute(f"New username: {_USERNAME} It cannot be null.", default=strawberry.UNSET)
    display_name: str | None = attribute(
        "New name shown on the profile, at most 60 characters. If null or empty: the username.",
        default=strawberry.UNSET,
    )
    bio: str | None = attribute(
        "New text in which the user describes themselves, at most 150 characters.", default=strawberry.UNSET
    )
    is_private: bool | None = attribute(
        "Whether the account is private: only accepted followers see its content. It cannot be null.",
        default=strawberry.UNSET,
    )
    avatar_upload_id: strawberry.ID | None = attribute(
        "ID of a photo upload of the viewer that is not used yet, as the new profile picture. It is shown "
        "once the upload is READY. Null removes the profile picture.",
        default=strawberry.UNSET,
    )


@strawberry.input(description="A new comment.")
class AddCommentInput:
    post_id: strawberry.ID = attribute("ID of the post to comment on.")
    parent_id: strawberry.ID | None = attribute(
        "ID of the comment to reply to. It must be a top-level comment on the same post. Omit it to add a "
        "top-level comment.",
        default=None,
    )
    text: str = attribute("Text of the comment, 1 to 2,200 characters, with at most 30 hashtags and 20 mentions.")
    idempotency_key: str | None = idempotency_key_field()


@strawberry.input(description="A post that was shown to the viewer in the feed.")
class ImpressionInput:
    post_id: strawberry.ID = attribute("ID of the post.")
    position: int = attribute("Position of the post in the feed, starting at 0.")
    order: FeedOrder = attribute("Sort order of the feed in which the post was shown.")


@strawberry.input(description="Posts that were shown to the viewer in the feed.")
class RecordImpressionsInput:
    impressions: list[ImpressionInput] = attribute(
        "1 to 100 impressions. Send them within a few seconds after the posts were shown."
    )


@strawberry.input(description="Users to start a conversation with.")
class StartConversationInput:
    user_ids: list[strawberry.ID] = attribute(
        "IDs of 1 to 31 other users. One user: a conversation between two users. More users: a group."
    )
    title: str | None = attribute(
        "Title of the group, at most 100 characters. Not allowed for a conversation between two users.", default=None
    )
    idempotency_key: str | None = idempotency_key_field(
        "Use it for groups: without it, a repeated request creates a second group."
    )


@strawberry.input(description="A new message. It must have a text, an attachment, or both.")
class SendMessageInput:
    conversation_id: strawberry.ID = attribute("ID of the conversation.")
    text: str | None = attribute("Text of the message, at most 4,000 characters.", default=None)
    attachment_id: strawberry.ID | None = attribute(
        "ID of a post or story to attach. The viewer must be allowed to see it.", default=None
    )
    upload_id: strawberry.ID | None = attribute(
        "ID of an upload of the viewer to attach. It must be READY and not used yet. Cannot be combined "
        "with `attachmentId`.",
        default=None,
    )
    reply_to_id: strawberry.ID | None = attribute(
        "ID of the message to reply to, in the same conversation.", default=None
    )
    idempotency_key: str | None = idempotency_key_field()


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


@strawberry.input(description="Keys of a Web Push subscription, as in `PushSubscription.toJSON().keys`.")
class WebPushKeysInput:
    p256dh: str = attribute("Public key of the subscription (P-256), in base64url without padding.")
    auth: str = attribute("Authentication secret of the subscription, 16 bytes in base64url without padding.")


@strawberry.input(description="A device to register for push notifications.")
class RegisterDeviceInput:
    platform: DevicePlatform = attribute("Push service of the device.")
    token: str = attribute(
        "For APNS and FCM: the device token that the app received. For WEB_PUSH: the endpoint URL of the subscription."
    )
    keys: WebPushKeysInput | None = attribute(
        "Keys of the Web Push subscription. Required for WEB_PUSH, ignored for other platforms.", default=None
    )
