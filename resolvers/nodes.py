"""Resolvers of `node` and `nodes`: objects by their global IDs."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from domain.accounts.rows import User
from domain.comments.rows import Comment
from domain.hashtags.rows import Hashtag
from domain.media.rows import Photo, Upload, Video
from domain.messages.rows import Conversation, Member, Message
from domain.mls.rows import Device as MlsDevice
from domain.mls.rows import Group
from domain.notifications.rows import Notification
from domain.posts.rows import Location, Post
from domain.push.rows import Device
from domain.rows import Row
from domain.search import history
from domain.search.rows import PastSearch
from domain.stories.rows import Highlight, Reel, Story
from kit.errors import BadUserInput, Unauthenticated
from kit.ids import decode
from resolvers.context import Context
from resolvers.places import known_hashtags, known_locations

MAX_NODES = 100
PRIVATE_TAGS = frozenset(
    each.TAG for each in (Upload, Conversation, Member, Message, Notification, MlsDevice, Group, Device, PastSearch)
)
"""Kinds that are readable only until the viewer's session ends."""


async def node(context: Context, id: str) -> Row | None:
    """The object with this global ID; None if the viewer can see none."""
    [found] = await nodes(context, [id])
    if isinstance(found, Exception):
        raise found
    return found


async def nodes(context: Context, ids: Sequence[str]) -> list[Row | Exception | None]:
    """The objects with these global IDs, in order.

    Unauthenticated stands in the place of private ones after the session has ended.
    """
    if len(ids) > MAX_NODES:
        raise BadUserInput(f"Too many IDs (limit: {MAX_NODES} per request).")
    wanted = [decode(id) for id in ids]
    ended = None
    if not PRIVATE_TAGS.isdisjoint(tag for tag, _ in wanted):
        try:
            await context.require_live_session()
        except Unauthenticated as error:
            ended = error
    viewer = context.viewer
    kinds: dict[int, Callable[[list[int]], Awaitable[Sequence[Row | None]]]] = {
        User.TAG: viewer.users.by_id.load_many,
        Post.TAG: viewer.posts.by_id.load_many,
        Photo.TAG: viewer.media.by_id.load_many,
        Video.TAG: viewer.media.by_id.load_many,
        Upload.TAG: viewer.media.upload.load_many,
        Comment.TAG: viewer.comments.by_id.load_many,
        Story.TAG: viewer.stories.by_id.load_many,
        Reel.TAG: viewer.stories.reel.load_many,
        Highlight.TAG: viewer.stories.highlight.load_many,
        Conversation.TAG: viewer.conversations.by_id.load_many,
        Member.TAG: viewer.conversations.member.load_many,
        Message.TAG: viewer.conversations.message.load_many,
        Notification.TAG: viewer.notifications.by_id.load_many,
        Location.TAG: partial(known_locations, context),
        Hashtag.TAG: partial(known_hashtags, context),
        MlsDevice.TAG: viewer.mls.device.load_many,
        Group.TAG: viewer.mls.group.load_many,
        Device.TAG: viewer.push.device.load_many,
        PastSearch.TAG: partial(history.by_id, context.services.db, context.viewer_id),
    }
    found: dict[tuple[int, int], Row | None] = {}
    for tag, load in kinds.items():
        numbers = list({number for kind, number in wanted if kind == tag})
        if numbers and not (ended and tag in PRIVATE_TAGS):
            # A global ID with the tag of a photo and the number of a video names nothing.
            rows = [row if row and tag == row.TAG else None for row in await load(numbers)]
            found |= zip([(tag, number) for number in numbers], rows, strict=True)
    return [ended if ended and key[0] in PRIVATE_TAGS else found.get(key) for key in wanted]
