"""The queue of uploads to process: which one a free worker takes next.

Accounts share the workers: the account with the fewest uploads in progress goes first, then the upload that has waited
longest. Four classes of uploads (`Kind`) are claimed separately, so that long work does not delay short work. Each
account has a maximum of uploads in progress for each class.
"""

from collections.abc import Sequence
from enum import Enum

import msgspec

from clients.postgres import Database
from domain.media.jobs import CLAIM, UNFINISHED, Job
from domain.statuses import MediaKind, UploadStatus

SLOW_PHOTO_BYTES = 4 * 1024**2
"""A photo of more bytes is expected to be slow. It takes some 0.3 s to process this many bytes of JPEG."""
SLOW_PHOTO_PIXELS = 24_000_000
"""A photo of more pixels is slow, whatever its bytes: a PNG of one colour has few."""
LONG_VIDEO_BYTES = 96 * 1024**2
"""A video of more bytes is expected to be long: a phone writes about 1 MiB a second in 1080p."""
LONG_VIDEO_MS = 90_000
"""A video of more milliseconds is long, whatever its bytes."""
RECENT = 32
"""So many of the uploads that a process worked on last count as work in progress of their accounts."""

_LAST_FIRST_EVERY = 4
_LOCK = 0x51554555  # any number that no other advisory lock uses
_WINDOW = 200
_MAX_OWNERS = 200
_CANDIDATES = 20
_OLDEST = 3  # Several of an account: the first may be locked by a transaction that deletes it.


class Kind(Enum):
    """A class of uploads of similar duration: (`heavy`, `slow`) of their rows."""

    QUICK_PHOTO = (False, False)
    SLOW_PHOTO = (False, True)
    SHORT_VIDEO = (True, False)
    LONG_VIDEO = (True, True)


Lane = tuple[tuple[Kind, ...], ...]
"""The uploads that one worker takes: groups of kinds, in order of preference.

Within a group, uploads that nothing shows yet go first.
"""


def at_turn(lane: Lane, turn: int) -> Lane:
    """Return what a worker of this lane takes at its `turn`-th claim.

    Every fourth time a lane of photos prefers what it otherwise takes last: an endless supply of quick photos does not
    starve the slow ones.
    """
    is_for_photos = not any(kind.value[0] for group in lane for kind in group)
    return lane[::-1] if is_for_photos and turn % _LAST_FIRST_EVERY == 0 else lane


def expected_slow(kind: MediaKind, byte_size: int) -> bool:
    """Whether a PHOTO or VIDEO of so many bytes is expected to be slow: all that is known before it is opened."""
    return byte_size > (LONG_VIDEO_BYTES if kind == "VIDEO" else SLOW_PHOTO_BYTES)


_IN_PROGRESS: tuple[UploadStatus, ...] = ("PROCESSING", "READY")
"""What is processed for the first time, and what has renditions to come."""

_WAITING = f"({UNFINISHED}) AND (claimed_until IS NULL OR claimed_until < now())"
_OF_KIND = f"{_WAITING} AND heavy = $1 AND slow = $2 AND status = $3"

# Of the longest waiting, the first whose account has nothing in work. Where all of these belong to accounts that have,
# the accounts that wait are visited instead of their uploads (a loose index scan): a backlog of one account is skipped
# in one step. The visit is bounded, and begins at a random account so that each is visited in time. A range names the
# account because it keeps the planner at the index by accounts: the other one would have it read the whole backlog.
_CANDIDATE = f"""
WITH RECURSIVE busy AS MATERIALIZED (
    SELECT owner_id, count(*) FILTER (WHERE held) AS in_work, count(*) AS load FROM (
        SELECT owner_id, true AS held FROM uploads
        WHERE claimed_until > now() AND NOT waits_for_retry AND ({UNFINISHED}) AND heavy = $1 AND slow = $2
        UNION ALL SELECT owner_id, false FROM unnest($4::bigint[]) AS served(owner_id)
    ) shares GROUP BY owner_id
), longest AS MATERIALIZED (
    SELECT w.id FROM (SELECT id, owner_id FROM uploads WHERE {_OF_KIND} ORDER BY id LIMIT {_WINDOW}) w
    WHERE NOT EXISTS (SELECT FROM busy WHERE busy.owner_id = w.owner_id) ORDER BY w.id LIMIT {_CANDIDATES}
), start AS MATERIALIZED (
    SELECT (random() * max(id))::bigint AS id FROM users
), owners(owner_id, until, step) AS (
    SELECT v.* FROM start, LATERAL (VALUES (start.id, {2**63 - 1}, 0), (-1, start.id, 0)) v
    WHERE NOT EXISTS (SELECT FROM longest)
    UNION ALL
    SELECT next.owner_id, o.until, o.step + 1 FROM owners o CROSS JOIN LATERAL (
        SELECT owner_id FROM uploads
        WHERE {_OF_KIND} AND owner_id > o.owner_id AND owner_id <= o.until ORDER BY owner_id LIMIT 1
    ) next WHERE o.step < {_MAX_OWNERS // 2}
)
SELECT id, 0 AS load FROM longest
UNION ALL
SELECT * FROM (
    SELECT oldest.id, coalesce(busy.load, 0) AS load FROM owners o CROSS JOIN LATERAL (
        SELECT id FROM uploads WHERE {_OF_KIND} AND owner_id >= o.owner_id AND owner_id <= o.owner_id
        ORDER BY owner_id, id LIMIT {_OLDEST}
    ) oldest LEFT JOIN busy ON busy.owner_id = o.owner_id
    WHERE o.step > 0 AND coalesce(busy.in_work, 0) < $5 ORDER BY load, oldest.id LIMIT {_CANDIDATES}
) others
ORDER BY load, id
"""

_CLAIM = f"""
UPDATE uploads SET attempt = attempt + 1, claimed_until = now() + $6::interval, waits_for_retry = false
WHERE id = (
    SELECT u.id FROM ({_CANDIDATE}) c JOIN uploads u ON u.id = c.id
    WHERE {_OF_KIND} ORDER BY c.load, c.id LIMIT 1 FOR UPDATE OF u SKIP LOCKED
) RETURNING id AS upload_id, owner_id, token, heavy, slow, content_type, byte_size, attempt, failures,
            other_failures, status, photo_filter, vetted, original, original_name, media, renditions
"""

_NOT_EMPTY = f"""
SELECT k.n - 1 FROM unnest($1::bool[], $2::bool[], $3::text[]) WITH ORDINALITY AS k(heavy, slow, status, n)
WHERE EXISTS (SELECT FROM uploads u WHERE {_WAITING} AND u.heavy = k.heavy AND u.slow = k.slow AND u.status = k.status)
ORDER BY k.n
"""


async def claim(db: Database, lane: Lane, served: Sequence[int], per_owner: int) -> Job | None:
    """Lease the next upload for a worker of this lane for 30 s. None if there is none that it may take.

    Uploads wait, or their worker has sent no heartbeat for 30 s. `served` are the accounts that the caller worked for
    last, which counts as work in progress: without it, a single worker would go by age only. An account that has
    `per_owner` uploads of a kind in progress waits, even if no other account does.
    """
    wanted = [(kind, status) for group in lane for status in _IN_PROGRESS for kind in group]
    records = await db.fetch(
        _NOT_EMPTY,
        [kind.value[0] for kind, _ in wanted],
        [kind.value[1] for kind, _ in wanted],
        [status for _, status in wanted],
    )
    for record in records:
        kind, status = wanted[record[0]]
        if job := await _claim(db, kind, status, served, per_owner):
            return job
    return None


async def _claim(db: Database, kind: Kind, status: UploadStatus, served: Sequence[int], per_owner: int) -> Job | None:
    arguments = (*kind.value, status, list(served), per_owner)
    # Workers that find nothing to take, because every account has its maximum, retry often: they take no lock.
    if await db.fetchval(_CANDIDATE, *arguments) is None:
        return None
    async with db.acquire() as tx, tx.transaction():
        # One at a time, so that each sees what others have taken: else two could exceed an account's maximum.
        await tx.execute("SELECT pg_advisory_xact_lock($1, $2)", _LOCK, list(Kind).index(kind))
        record = await tx.fetchrow(_CLAIM, *arguments, CLAIM)
    if record is None:
        return None
    values = dict(record)
    for name in ("media", "renditions"):
        values[name] = msgspec.json.decode(values[name]) if values[name] else None
    return Job(**values)
