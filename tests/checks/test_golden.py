"""Stored events and other stored data have the form that other versions read, byte for byte."""

from collections.abc import Callable
from typing import Any, get_args

import msgspec
import pytest

from domain import counters, events
from domain.media.rows import AnyMedia
from domain.messages import log
from domain.posts.rows import Post
from kit.errors import UserError
from tests.support import golden

KINDS = get_args(events.Event)


def stored(name: str) -> bytes:
    return (golden.FOLDER / "stored" / name).read_bytes().removesuffix(b"\n")


@pytest.mark.parametrize("kind", KINDS)
def test_event_is_stored_as_it_was(kind: type[Any]) -> None:
    """To add an optional field, raise VERSION and run `python -m tests.support.golden`."""
    oldest, *lines = golden.kept(kind)
    assert oldest == golden.oldest(kind)
    assert lines[-2:] == golden.newest(kind)
    assert [events.envelope(line).version for line in lines] == [
        version for version in range(1, kind.VERSION + 1) for _ in range(2)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_event_of_any_version_is_read(kind: type[Any]) -> None:
    full, bare = golden.samples(kind)
    oldest, *lines = golden.kept(kind)
    assert events.envelope(oldest).version == 1
    read = [events.decode(line) for line in lines]
    assert events.decode(oldest) == bare
    assert read[-2:] == [full, bare]
    assert {type(event) for event in read} == {kind}


@pytest.mark.parametrize("kind", KINDS)
def test_fields_of_newer_versions_are_ignored(kind: type[Any]) -> None:
    _, bare = golden.samples(kind)
    newer = msgspec.json.decode(events.encode(bare)) | {"version": 99, "field_of_a_newer_version": [1]}
    assert events.decode(msgspec.json.encode(newer)) == bare


def test_every_file_belongs_to_something() -> None:
    """An event that is no longer recorded may still be stored: its file and its type stay until the release after."""
    assert {path.stem for path in (golden.FOLDER / "events").iterdir()} == {kind.__name__ for kind in KINDS}
    assert {path.name for path in (golden.FOLDER / "stored").iterdir()} == set(golden.STORED)


@pytest.mark.parametrize("name", golden.STORED)
def test_stored_data_has_the_form_that_it_had(name: str) -> None:
    assert golden.STORED[name]() == stored(name)


READ: dict[str, tuple[Callable[[bytes], Any], Any]] = {
    "tally.json": (lambda data: counters.read(1, data).counts, golden.TALLY),
    "media_of_post.json": (
        lambda data: msgspec.json.decode(data, type=tuple[AnyMedia, ...]),
        (golden.PHOTO, golden.VIDEO),
    ),
    "media_of_story.json": (lambda data: msgspec.json.decode(data, type=AnyMedia), golden.VIDEO),
    "conversation_hint.json": (lambda data: log.heard(data.decode()), golden.ENTRY),
    "idempotency_result.json": (lambda data: msgspec.json.decode(data, type=list[int]), [213, 214]),
    "upload_rejection.json": (lambda data: msgspec.json.decode(data, type=UserError), golden.REJECTION),
}


@pytest.mark.parametrize("name", golden.STORED)
def test_stored_data_is_read(name: str) -> None:
    read, value = READ.get(name) or (lambda data: msgspec.msgpack.decode(data, type=Post), golden.POST)
    assert read(stored(name)) == value
