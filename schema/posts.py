"""Posts, likes of them and saved posts."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.limits import Budget
from domain.posts import rows
from resolvers import comments, posts, relationships
from schema import bounds
from schema.connection import Connection, PageInfo, cursor_field, edges_field, nodes_field, page_info_field
from schema.fields import (
    PRIVATE,
    argument,
    at_most,
    attribute,
    batched,
    derived,
    idempotency_key_field,
    mutates,
    paged,
    up_to_bytes,
)
from schema.media import Media, PhotoFilter
from schema.nodes import Node, node
from schema.payload import Payload, deleted_id_field
from schema.permissions import signed_in
from schema.places import Location, LocationInput
from schema.uploads import Upload
from schema.users import User

if TYPE_CHECKING:
    from schema.comments import Comment


@strawberry.enum(description="Publication status of a post or story.")
class PublicationStatus(Enum):
    PROCESSING = strawberry.enum_value(
        "PROCESSING", description="Waiting for its media to be processed. Visible only to the author."
    )
    PUBLISHED = strawberry.enum_value(
        "PUBLISHED", description="Published. Visible to everyone who may see the author's content."
    )
    IN_REVIEW = strawberry.enum_value(
        "IN_REVIEW", description="Waiting for manual review of its media. Visible only to the author."
    )
    REJECTED = strawberry.enum_value(
        "REJECTED", description="Not published because its media was rejected. Visible only to the author."
    )


@node(rows.Post, "A post: 1 to 10 photos and videos with a caption.")
class Post(Node):
    status: PublicationStatus = attribute("Publication status of the post.")
    author: User = batched(posts.authors, "The author of the post.")
    caption: str = attribute(
        "Caption of the post, at most 2,200 characters; may be empty.", max_bytes=bounds.CAPTION_BYTES
    )
    hashtags: list[str] = derived(
        posts.hashtags,
        "Hashtags as written in the caption, without '#', in order of appearance.",
        at_most(bounds.HASHTAGS) | up_to_bytes(bounds.HASHTAG_BYTES),
    )
    mentions: list[User] = batched(
        posts.mentions,
        "Users mentioned in the caption with '@', in order of appearance. Users that the viewer may not "
        "see are excluded.",
        at_most(bounds.MENTIONS),
    )
    location: Location | None = attribute("The location of the post. Null when the author gave none.")
    media: list[Media] = attribute(
        "Processed photos and videos of the post, in the author's order. 1 to 10 items once `status` is "
        "PUBLISHED; fewer while media are being processed.",
        at_most=bounds.MEDIA,
    )
    uploads: list[Upload] | None = batched(
        posts.uploads,
        "Uploads of the post's media, in the author's order. Visible to the author; null for everyone else.",
        at_most(bounds.MEDIA) | PRIVATE,
    )
    created_at: datetime = attribute(
        "Time of publication; before that, time of creation. Lists of posts are ordered by this time, then by ID."
    )
    edited_at: datetime | None = attribute(
        "Time at which the caption or location was last changed. Null when neither was changed."
    )
    like_count: int | None = batched(
        posts.like_counts,
        "Number of users who like the post. At most 2 seconds old. Users who block the viewer, or are "
        "blocked by the viewer, are not counted. Nullable for posts whose author hides the count; "
        "currently never null.",
    )
    comment_count: int = batched(
        posts.comment_counts,
        "Number of comments, including replies. At most 2 seconds old. Comments hidden from the viewer by "
        "a block are not counted.",
    )
    comments_disabled: bool = attribute("Whether commenting is disabled for everyone.")
    viewer_has_liked: bool = batched(
        posts.viewer_has_liked, "Whether the viewer likes the post. False when signed out."
    )
    viewer_has_saved: bool = batched(
        posts.viewer_has_saved, "Whether the viewer has saved the post. False when signed out."
    )
    likers: Connection[User] | None = batched(posts.likers, "Users who like the post, most recent first.", **paged())
    comments: Connection[Annotated["Comment", strawberry.lazy("schema.comments")]] | None = batched(
        comments.of_posts, "Top-level comments on the post, newest first.", **paged()
    )


@strawberry.type(description="A saved post with its cursor.")
class SavedPostEdge:
    node: Post = attribute("The post.")
    saved_at: datetime = derived(relationships.made_at, "Time at which the viewer saved the post.")
    cursor: str = cursor_field()


@strawberry.type(description="A page of saved posts, most recently saved first.")
class SavedPostConnection:
    edges: list[SavedPostEdge] = edges_field()
    nodes: list[Post] = nodes_field()
    page_info: PageInfo = page_info_field()


_CAPTION = "At most 2,200 characters, with at most 30 hashtags and 20 mentions."


@strawberry.input(description="A user to tag in a photo or video.")
class UserTagInput:
    user_id: strawberry.ID = attribute("ID of the user to tag. The viewer must be allowed to see the user's content.")
    x: float = attribute("Horizontal position of the tag, from 0 (left edge) to 1 (right edge).")
    y: float = attribute("Vertical position of the tag, from 0 (top edge) to 1 (bottom edge).")


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


@strawberry.input(description="Changes to a post. Omitted fields stay unchanged; null clears a field.")
class UpdatePostInput:
    post_id: strawberry.ID = attribute("ID of a post of the viewer.")
    caption: str | None = attribute(f"New caption. {_CAPTION}", default=strawberry.UNSET)
    location: LocationInput | None = attribute("New location of the post.", default=strawberry.UNSET)
    comments_disabled: bool | None = attribute(
        "Whether to disable comments for everyone. Null means false.", default=strawberry.UNSET
    )


@strawberry.type(
    description="Result of creating, changing, liking, unliking, saving or unsaving a post, or of removing the "
    "viewer's tags from it."
)
class PostPayload(Payload):
    post: Post | None = attribute("The post in its current state. Null when the viewer may not see it.", default=None)


@strawberry.type(description="Result of deleting a post.")
class DeletePostPayload(Payload):
    deleted_id: strawberry.ID | None = deleted_id_field()
    author: User | None = attribute("The author of the deleted post.", default=None)


@strawberry.type(description="Result of removing the viewer's mention.")
class RemoveMyMentionPayload(Payload):
    post: Post | None = attribute(
        "The post, when the ID was that of a post. Null when the viewer cannot see it.", default=None
    )
    comment: Annotated["Comment", strawberry.lazy("schema.comments")] | None = attribute(
        "The comment, when the ID was that of a comment. Null when the viewer cannot see it.", default=None
    )


_POST = argument(strawberry.ID, "ID of the post.")
_HIDDEN_POST = "This also works when the viewer may no longer see the post; `post` is then null."


@strawberry.type
class Mutation:
    create_post: PostPayload | None = mutates(
        posts.create,
        PostPayload,
        "Creates a post. The bytes of its uploads may arrive later: the post is published automatically "
        "once all of its media are READY.",
        signed_in,
        budget=Budget(60, per=3600),
        input=argument(CreatePostInput, "The post to create."),
    )
    update_post: PostPayload | None = mutates(
        posts.update,
        PostPayload,
        "Changes a post of the viewer.",
        signed_in,
        input=argument(UpdatePostInput, "The changes to make."),
    )
    delete_post: DeletePostPayload | None = mutates(
        posts.delete,
        DeletePostPayload,
        "Deletes a post of the viewer, including its media.",
        signed_in,
        post_id=_POST,
    )
    like_post: PostPayload | None = mutates(posts.like, PostPayload, "Likes a post.", signed_in, post_id=_POST)
    unlike_post: PostPayload | None = mutates(
        posts.unlike, PostPayload, f"Removes the viewer's like from a post. {_HIDDEN_POST}", signed_in, post_id=_POST
    )
    save_post: PostPayload | None = mutates(
        posts.save,
        PostPayload,
        "Saves a post to the viewer's saved posts, which only the viewer can see.",
        signed_in,
        post_id=_POST,
    )
    unsave_post: PostPayload | None = mutates(
        posts.unsave,
        PostPayload,
        f"Removes a post from the viewer's saved posts. {_HIDDEN_POST}",
        signed_in,
        post_id=_POST,
    )
    remove_my_tag: PostPayload | None = mutates(
        posts.remove_tag,
        PostPayload,
        "Removes all tags of the viewer from the media of a post, permanently. The author is not notified. "
        f"{_HIDDEN_POST}",
        signed_in,
        post_id=_POST,
    )
    remove_my_mention: RemoveMyMentionPayload | None = mutates(
        posts.remove_mention,
        RemoveMyMentionPayload,
        "Removes the viewer's mention from a post or comment, permanently: later edits of the caption do "
        "not mention the viewer again. The text stays unchanged. The author is not notified.",
        signed_in,
        subject_id=argument(strawberry.ID, "ID of the post or comment that mentions the viewer."),
    )
