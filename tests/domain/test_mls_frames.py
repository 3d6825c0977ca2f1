"""What anybody may send as MLS is read strictly, and with one kind of exception."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.mls import Content, Frame, Malformed, read_frame, read_key_package, read_welcome
from tests.support.mls_frames import frame, header, opaque

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def welcome(*refs: bytes) -> bytes:
    secrets = b"".join(opaque(ref) + opaque(b"kem") + opaque(b"secret") for ref in refs)
    return bytes([0, 1, 0, 3, 0, 1]) + opaque(secrets) + opaque(b"group info")


@given(
    st.binary(max_size=80), st.integers(0, 2**64 - 1), st.sampled_from(Content), st.sampled_from([0, 63, 64, 20_000])
)
def test_frames(group: bytes, epoch: int, content: Content, length: int) -> None:
    data = frame(group, epoch, content, bytes(length))
    assert read_frame(data) == Frame(group, epoch, content)
    for wrong in (data[:-1], data + b"\0"):
        with pytest.raises(Malformed):
            read_frame(wrong)


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=100))
def test_welcomes(refs: list[bytes]) -> None:
    assert read_welcome(welcome(*refs)) == refs


@given(st.sampled_from([1, 2, 3, 5]), st.binary(max_size=400))
def test_noise_is_refused_or_read_as_what_it_says(wire_format: int, noise: bytes) -> None:
    """Random bytes rarely have the form of a message. Where they do, the message read has exactly these bytes."""
    data = bytes([0, 1, 0, wire_format]) + noise
    with contextlib.suppress(Malformed):
        read = read_frame(data)
        assert wire_format == 2
        assert data.startswith(header(read.group_id, read.epoch, read.content))
    with contextlib.suppress(Malformed):
        refs = read_welcome(data)
        assert wire_format == 3
        assert all(len(ref) == 32 and ref in data for ref in refs)
    with pytest.raises(Malformed):
        read_key_package(data, NOW)  # has signatures, which noise never has


@pytest.mark.parametrize("length", [b"\x40\x05", b"\x80\x00\x00\x05", b"\xc0\x00\x00\x00\x00\x00\x00\x05"])
def test_lengths_are_written_as_short_as_can_be(length: bytes) -> None:
    good = frame(b"group", 1, Content.APPLICATION)
    assert read_frame(good).group_id == b"group"
    with pytest.raises(Malformed):
        read_frame(good[:4] + length + good[5:])


def test_there_are_three_kinds_of_content() -> None:
    for content in (0, 4, 255):
        with pytest.raises(Malformed):
            read_frame(frame(b"group", 1, content))


def test_references_are_hashes() -> None:
    for size in (0, 31, 33):
        with pytest.raises(Malformed):
            read_welcome(welcome(bytes(32), bytes(size)))
