"""Inputs of mutations."""

from datetime import date

import strawberry

from domain.media.formats import FORMATS
from schema.fields import attribute
from schema.scalars import Base64, Long
from schema.types.device import DevicePlatform
from schema.types.media import PhotoFilter
from schema.types.post import FeedOrder
from schema.types.story import StoryAudience
from schema.types.upload import MediaKind

_USERNAME = "1 to 30 letters, digits, dots and underscores; no dot at either end, no two in a row."
_CAPTION = "At most 2,200 characters, 30 hashtags, 20 mentions."
_KEY = "1 to 64 characters of the client's choice: sent again with the same input, nothing happens twice."


@strawberry.input(description="A new account.")
class SignUpInput:
    username: str = attribute(f"{_USERNAME} Case does not matter.")
    email: str = attribute("An address of theirs.")
    password: str = attribute("8 to 256 characters.")
    display_name: str | None = attribute("At most 60 characters; the username where left out.", default=None)
    birth_date: date = attribute("Nobody under 13 may sign up.")


@strawberry.input(description="Credentials.")
class SignInInput:
    login: str = attribute("Username or email.")
    password: str = attribute("The password.")


@strawberry.input(description="A search that the viewer finished by opening a result or the list of all results.")
class RecordSearchInput:
    query: str = attribute("Text that the viewer typed, 1 to 100 characters.")
    item_id: strawberry.ID | None = attribute(
        "ID of the result the viewer opened. Omit it when the viewer opened the list of all results.", default=None
    )
    position: int | None = attribute("Position of the opened result in the list, starting at 0.", default=None)


@strawberry.input(description="A file to be sent.")
class UploadFileInput:
    kind: MediaKind = attribute("What it holds.")
    content_type: str = attribute(f"{', '.join(FORMATS)}, or an alias. The bytes decide which of its kind it is.")
    byte_size: Long = attribute("Exact. A photo up to 8 MiB, a video up to 4 GiB.")


@strawberry.input(description="Files to be sent.")
class CreateUploadsInput:
    files: list[UploadFileInput] = attribute("1 to 10.")
    idempotency_key: str | None = attribute(_KEY, default=None)


@strawberry.input(description="A part that was sent.")
class CompletedPartInput:
    number: int = attribute("From 1.")
    etag: str = attribute("As the PUT of it was answered.")


@strawberry.input(description="An upload whose bytes have been sent.")
class CompleteUploadInput:
    upload_id: strawberry.ID = attribute("An upload of the viewer's.")
    parts: list[CompletedPartInput] | None = attribute(
        "Of a multipart upload: what is given is compared with what storage holds.", default=None
    )


@strawberry.input(description="Somebody in a picture.")
class UserTagInput:
    user_id: strawberry.ID = attribute("Somebody whose content the viewer may see.")
    x: float = attribute("0..1 from the left.")
    y: float = attribute("0..1 from the top.")


@strawberry.input(description="A place.")
class LocationInput:
    name: str = attribute("1 to 100 characters.")
    latitude: float | None = attribute("Degrees, -90 to 90; both coordinates or none.", default=None)
    longitude: float | None = attribute("Degrees, -180 to 180.", default=None)


@strawberry.input(description="A photo or video of a post.")
class PostMediaInput:
    upload_id: strawberry.ID = attribute("An upload of the viewer's that nothing has used.")
    filter: PhotoFilter | None = attribute("What a photo is shown through; not for videos.", default=None)
    alt_text: str | None = attribute("Words for those who cannot see it; at most 1,000 characters.", default=None)
    user_tags: list[UserTagInput] | None = attribute("Who is in it: at most 20.", default=None)


@strawberry.input(description="A new post.")
class CreatePostInput:
    media: list[PostMediaInput] = attribute("1 to 10, in the order in which they are shown.")
    caption: str | None = attribute(_CAPTION, default=None)
    location: LocationInput | None = attribute("Where it is from.", default=None)
    comments_disabled: bool | None = attribute("Whether nobody can comment on it.", default=None)
    idempotency_key: str | None = attribute(_KEY, default=None)


@strawberry.input(description="A new story.")
class CreateStoryInput:
    upload_id: strawberry.ID = attribute("An upload of the viewer's that nothing has used.")
    audience: StoryAudience | None = attribute("Who may see it; FOLLOWERS where left out.", default=None)
    filter: PhotoFilter | None = attribute("What a photo is shown through; not for videos.", default=None)
    idempotency_key: str | None = attribute(_KEY, default=None)


@strawberry.input(description="Stories to keep.")
class CreateHighlightInput:
    title: str = attribute("1 to 50 characters.")
    story_ids: list[strawberry.ID] = attribute(
        "1 to 100 stories of the viewer's that are published, and still there: what no highlight keeps is removed soon "
        "after its day."
    )
    idempotency_key: str | None = attribute(_KEY, default=None)


@strawberry.input(description="What to change of a post: what is left out stays, null clears.")
class UpdatePostInput:
    post_id: strawberry.ID = attribute("A post of the viewer's.")
    caption: str | None = attribute(_CAPTION, default=strawberry.UNSET)
    location: LocationInput | None = attribute("Where it is from.", default=strawberry.UNSET)
    comments_disabled: bool | None = attribute("Whether nobody can comment on it.", default=strawberry.UNSET)


@strawberry.input(description="What to change of the viewer's profile: what is left out stays, null clears.")
class UpdateProfileInput:
    username: str | None = attribute(_USERNAME, default=strawberry.UNSET)
    display_name: str | None = attribute("At most 60 characters; the username where empty.", default=strawberry.UNSET)
    bio: str | None = attribute("At most 150 characters.", default=strawberry.UNSET)
    is_private: bool | None = attribute("Whether only accepted followers see the content.", default=strawberry.UNSET)
    avatar_upload_id: strawberry.ID | None = attribute(
        "An upload of the viewer's that nothing has used: shown when it is READY.", default=strawberry.UNSET
    )


@strawberry.input(description="A new comment.")
class AddCommentInput:
    post_id: strawberry.ID = attribute("What it is said under.")
    parent_id: strawberry.ID | None = attribute("A top-level comment; replies are one level deep.", default=None)
    text: str = attribute("1 to 2,200 characters, 30 hashtags, 20 mentions.")
    idempotency_key: str | None = attribute(_KEY, default=None)


@strawberry.input(description="A post that was shown in the feed.")
class ImpressionInput:
    post_id: strawberry.ID = attribute("The post.")
    position: int = attribute("Its place in the feed, from 0.")
    order: FeedOrder = attribute("The order of that feed.")


@strawberry.input(description="Posts that were shown in the feed.")
class RecordImpressionsInput:
    impressions: list[ImpressionInput] = attribute("1 to 100, sent within seconds.")


@strawberry.input(description="Whom to write to.")
class StartConversationInput:
    user_ids: list[strawberry.ID] = attribute("The others, 1 to 31.")
    title: str | None = attribute("A group's name, at most 100 characters.", default=None)
    idempotency_key: str | None = attribute(
        f"{_KEY} For a group: two groups of the same people are two conversations.", default=None
    )


@strawberry.input(description="Something to say: a text, an attachment, or both.")
class SendMessageInput:
    conversation_id: strawberry.ID = attribute("Where.")
    text: str | None = attribute("At most 4,000 characters.", default=None)
    attachment_id: strawberry.ID | None = attribute("A post or a story that the viewer sees.", default=None)
    upload_id: strawberry.ID | None = attribute(
        "A picture or video of the viewer's that is READY, instead.", default=None
    )
    reply_to_id: strawberry.ID | None = attribute("A message of the same conversation.", default=None)
    idempotency_key: str | None = attribute(_KEY, default=None)


@strawberry.input(description="Key packages of a device.")
class PublishMlsKeyPackagesInput:
    device_id: strawberry.ID = attribute("A device of the viewer's.")
    key_packages: list[Base64] = attribute(
        "Each an MLSMessage with a KeyPackage of at most 4,096 bytes, which lives for at most 366 days; a device may "
        "have 100. One with the extension `last_resort` (0x000A) takes the place of the one before: it is handed out "
        "when the others are spent, and more than once."
    )


@strawberry.input(description="A new group.")
class CreateMlsGroupInput:
    device_id: strawberry.ID = attribute("The device of the viewer's that makes it, and is alone in it at first.")
    idempotency_key: str | None = attribute(_KEY, default=None)


@strawberry.input(description="A message to a group.")
class SendMlsMessageInput:
    device_id: strawberry.ID = attribute("The device of the viewer's that sends it.")
    message: Base64 = attribute(
        "An MLSMessage with a PrivateMessage of at most 64 KiB, whose frame says for which group and epoch it is: an "
        "application message of the present epoch or of one of the last 4, or a proposal of the present one."
    )
    idempotency_key: str | None = attribute(_KEY, default=None)


@strawberry.input(description="A commit: the next epoch of a group.")
class CommitMlsGroupInput:
    device_id: strawberry.ID = attribute("The device of the viewer's that commits.")
    commit: Base64 = attribute(
        "An MLSMessage with a PrivateMessage of at most 64 KiB, whose frame says for which group and epoch it is."
    )
    welcome: Base64 | None = attribute(
        "An MLSMessage with the Welcome, of at most 112 KiB, where the commit adds devices: those whose key packages "
        "it names join the group. The packages were claimed for this group.",
        default=None,
    )
    removed_device_ids: list[strawberry.ID] | None = attribute("The devices that the commit removes.", default=None)
    idempotency_key: str | None = attribute(_KEY, default=None)


@strawberry.input(description="The keys of a browser's subscription, as `PushSubscription.toJSON().keys` has them.")
class WebPushKeysInput:
    p256dh: str = attribute("Its public key.")
    auth: str = attribute("Its secret.")


@strawberry.input(description="A device that can be reached by push.")
class RegisterDeviceInput:
    platform: DevicePlatform = attribute("By whom it is reached.")
    token: str = attribute("What APNs or FCM gave the app; the endpoint of a browser's subscription.")
    keys: WebPushKeysInput | None = attribute("A browser's subscription has them, nothing else.", default=None)
