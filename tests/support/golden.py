"""What this version stores for other versions to read, as bytes: `tests/golden` has each form that was ever stored.

`python -m tests.support.golden` writes files that are missing, and adds the lines of an event with a higher VERSION. A
line that is there is never rewritten: stored data that changes its form needs the steps of docs/events.md, or a higher
version in its key.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import msgspec

from domain import counters, events
from domain.counters import Count
from domain.media.rows import Photo, Tag, Variant, Video
from domain.messages.log import Entry, Kind
from domain.posts import cache
from domain.posts.rows import Location, Post
from kit.errors import UserError

FOLDER = Path(__file__).parents[1] / "golden"

_VALUES: dict[Any, Callable[[int], Any]] = {
    int: lambda n: n,
    bool: lambda _: True,
    tuple[int, ...]: lambda n: (n, n + 10),
}
"""By type of field: a value of a field with this number."""

AT = datetime(2026, 1, 31, 12, 30, 15, 123000, tzinfo=UTC)
_VARIANTS = (
    Variant("1080w", "WEBP", 1080, 1350, 150_000, "0a1b/1080.webp"),
    Variant("320w", "JPEG", 320, 400, 20_000, "0a1b/320.jpeg"),
)
PHOTO = Photo(201, 1080, 1350, "LEHV6nWB2yk8", _VARIANTS, "A cat", (Tag(202, 0.25, 0.5),))
VIDEO = Video(
    203, 1920, 1080, "LEHV6nWB2yk9", _VARIANTS[:1], duration_ms=90_500, has_audio=True, hls="0a1b/master.m3u8"
)
TALLY = (Count("post.likes", 204, 1), Count("user.posts", 205, -1))
ENTRY = Entry(7, 206, Kind.SENT, 207, 208)
REJECTION = UserError("INVALID", "The file is empty.", ("media", "0"))
POST = Post(
    209,
    210,
    "PUBLISHED",
    "A #cat",
    ("cat",),
    (211,),
    Location(212, "Berlin", 52.5, 13.4),
    False,
    AT,
    None,
    3,
    4,
    (PHOTO, VIDEO),
)

STORED: dict[str, Callable[[], bytes]] = {
    "tally.json": lambda: counters.encode(*TALLY).encode(),
    "media_of_post.json": lambda: msgspec.json.encode((PHOTO, VIDEO)),
    "media_of_story.json": lambda: msgspec.json.encode(VIDEO),
    "conversation_hint.json": lambda: msgspec.json.encode(ENTRY),
    "idempotency_result.json": lambda: msgspec.json.encode([213, 214]),
    "upload_rejection.json": lambda: msgspec.json.encode(REJECTION),
    f"cached_post_{cache.FORMAT}.msgpack": lambda: msgspec.msgpack.encode(POST),
}
"""By name of the file: what is stored besides events."""


def samples(kind: type[Any]) -> tuple[events.Event, events.Event]:
    """An event with a value of its own in each optional field, and one without these."""
    fields = msgspec.structs.fields(kind)
    values = {field.name: _VALUES[field.type](number) for number, field in enumerate(fields, 101)}
    return kind(**values), kind(**{field.name: values[field.name] for field in fields if field.required})


def oldest(kind: type[Any]) -> bytes:
    """The first line of the file of an event: one without optional fields, as releases before the envelope wrote it."""
    tagged: dict[str, Any] = msgspec.to_builtins(samples(kind)[1])
    names = {"type", *(field.encode_name for field in msgspec.structs.fields(kind) if field.required)}
    return msgspec.json.encode({name: value for name, value in tagged.items() if name in names})


def newest(kind: type[Any]) -> list[bytes]:
    """The last two lines of the file of an event: both samples."""
    return [events.encode(sample) for sample in samples(kind)]


def kept(kind: type[Any]) -> list[bytes]:
    """The lines of the file of an event. Fails where there is none."""
    return _path(kind).read_bytes().splitlines()


def _path(kind: type[Any]) -> Path:
    return FOLDER / "events" / f"{kind.__name__}.json"


def write_missing() -> list[Path]:
    """Write the files and lines that are missing; which files."""
    written = []
    for kind in get_args(events.Event):
        lines = kept(kind) if _path(kind).exists() else [oldest(kind)]
        if len(lines) == 1 or events.envelope(lines[-1]).version < kind.VERSION:
            _path(kind).write_bytes(b"\n".join([*lines, *newest(kind), b""]))
            written.append(_path(kind))
    for name, form in STORED.items():
        if not (path := FOLDER / "stored" / name).exists():
            path.write_bytes(form() + (b"\n" if path.suffix == ".json" else b""))
            written.append(path)
    return written


if __name__ == "__main__":
    print("\n".join(map(str, write_missing())) or "Nothing is missing.")
