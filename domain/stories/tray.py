"""The tray: who has live stories that the viewer may see, of those they follow and do not mute.

The viewer's own come first, then whom they have not seen all of, then the others; among these the newest first. A page
goes on in the order as it was when the first was read: what is seen, or published, later than that changes nothing.
"""

from datetime import datetime

from clients.postgres import Database
from clients.redis import Redis
from domain.posts.rows import milliseconds
from domain.stories import live, reads
from kit.cursor import Position

OWN, UNSEEN, SEEN = range(3)

Places = list[tuple[Position, int]]
"""Places in the tray, and whose reel stands there."""


async def places(db: Database, redis: Redis, viewer_id: int, after: Position | None, now: datetime) -> Places:
    """All places beyond `after`, in order; a position is (ms when the first page was read, group, -ms of the newest,
    author).

    One query and one round trip to Redis, however many they follow; two queries and a round trip more where Redis
    lacks anything.
    """
    began = after[0] if after else milliseconds(now)
    followed = await reads.followed(db, viewer_id)
    found, seen = await live.read(db, redis, viewer_id, [viewer_id, *followed], now)
    placed: Places = []
    for author_id, stories in found.items():
        own = author_id == viewer_id
        sees_all = own or followed[author_id]
        shown = [(abs(id), at) for id, at in stories if at <= began and (id > 0 or sees_all)]
        if shown:
            unseen = any(seen.get(id, began + 1) > began for id, _ in shown)
            group = OWN if own else UNSEEN if unseen else SEEN
            newest = max(at for _, at in shown)
            placed.append(((began, group, -newest, author_id), author_id))
    return sorted(place for place in placed if after is None or place[0] > after)
