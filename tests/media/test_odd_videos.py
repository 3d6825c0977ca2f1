"""Tracks that are not to be shown, sound that is not where it should be, animated GIFs; and what is refused."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from domain.media.formats import VIDEOS
from domain.media.videos import survey
from kit.sandbox import InvalidInputError
from tests.media.videos import (
    BT709,
    QUICK,
    RED,
    UPRIGHT,
    assert_near,
    corners,
    frames,
    heard,
    made,
    picture,
    probed,
    refusal,
    run,
    shown,
)

H264 = ("-map", "0:v", "-c:v", "copy")


def starts(track: dict[str, object]) -> float:
    """When a tone begins to be heard, in seconds."""
    return float(np.argmax(np.abs(heard(track)) > 0.05)) / 48000


def test_without_sound(tmp_path: Path) -> None:
    result = shown(made(tmp_path / "source.mp4"))
    assert not result["has_audio"]
    assert [track["kind"] for track in result["tracks"]] == ["video"]


@pytest.mark.parametrize("layout", ["mono", "stereo", "5.1"])
def test_sound_is_as_loud_as_it_was(tmp_path: Path, layout: str) -> None:
    source, channels = made(tmp_path / "plain.mp4"), "c0=c0|c1=c0" if layout != "mono" else "c0=c0"
    tone = f"sine=frequency=1000:r=32000:d=1,pan={layout}|{channels}"
    run("-i", str(source), "-f", "lavfi", "-i", tone, *H264, "-map", "1:a", "-c:a", "aac", str(tmp_path / "source.mp4"))
    sound = heard(shown(tmp_path / "source.mp4")["tracks"][1])
    loud = np.abs(sound[9600:-9600]).max()
    # A downmix of six leaves room for all of them.
    assert 0.11 < loud < 0.14 if layout != "5.1" else 0.03 < loud < 0.14


def test_sound_and_picture_of_different_lengths(tmp_path: Path) -> None:
    source = made(tmp_path / "plain.mp4", seconds=2)
    for seconds in (0.5, 4):
        tone = f"sine=frequency=1000:d={seconds}"
        run(
            "-i",
            str(source),
            "-f",
            "lavfi",
            "-i",
            tone,
            *H264,
            "-map",
            "1:a",
            "-c:a",
            "aac",
            str(tmp_path / "source.mp4"),
        )
        result = shown(tmp_path / "source.mp4")
        assert result["duration_ms"] == 2000
        assert abs(len(heard(result["tracks"][1])) / 48000 - 2) < 0.05
        assert len(frames(result["tracks"][0])) == 60


@pytest.mark.parametrize(("late", "by"), [("video", 3.5), ("audio", 0.7)])
def test_a_track_that_begins_late(tmp_path: Path, late: str, by: float) -> None:
    plain, source = str(made(tmp_path / "plain.mp4", seconds=2, sound=True)), tmp_path / "source.mp4"
    # What is mentioned first is shifted.
    chosen = ("-map", "0:v", "-map", "1:a") if late == "video" else ("-map", "0:a", "-map", "1:v")
    run("-itsoffset", str(by), "-i", plain, "-i", plain, *chosen, "-c", "copy", str(source))
    result = shown(source)
    [shown_track, heard_track] = result["tracks"]
    assert result["duration_ms"] == pytest.approx(2000 + 1000 * by if late == "video" else 2000, abs=34)
    assert len(frames(shown_track)) == result["duration_ms"] * 30 // 1000
    assert starts(heard_track) == pytest.approx(by if late == "audio" else 0, abs=0.03)
    assert_near(corners(np.asarray(Image.open(result["poster"]))), UPRIGHT)


def codecs(source: Path) -> set[str | None]:
    return {stream.get("codec_name") for stream in probed(source, "-show_streams")["streams"]}


def test_a_cover_is_not_the_video(tmp_path: Path) -> None:
    source, cover = tmp_path / "source.mp4", tmp_path / "cover.jpg"
    Image.new("RGB", (640, 480), (255, 0, 255)).save(cover)
    plain = made(tmp_path / "plain.mp4")
    run(
        "-i",
        str(cover),
        "-i",
        str(plain),
        "-map",
        "0",
        "-map",
        "1",
        "-c",
        "copy",
        "-disposition:0",
        "attached_pic",
        str(source),
    )
    assert codecs(source) == {"mjpeg", "h264"}
    assert_near(corners(picture(shown(source))), UPRIGHT)


def test_the_first_tracks_are_taken_and_the_rest_left(tmp_path: Path) -> None:
    source = tmp_path / "source"
    run(
        *("-i", str(made(tmp_path / "plain.mp4", sound=True)), "-f", "lavfi", "-i", "anoisesrc=d=1:a=0.9"),
        *("-f", "lavfi", "-i", "testsrc2=d=1:s=320x240", "-map", "2:v", "-map", "0", "-map", "1", "-map", "1"),
        *("-c", "copy", "-c:v:0", "mpeg4", "-c:a:1", "aac", "-c:a:2", "adpcm_ima_qt", "-timecode", "01:00:00:00"),
        *("-f", "mov", str(source)),
    )
    assert codecs(source) == {"mpeg4", "h264", "aac", "adpcm_ima_qt", None}
    result = shown(source, "video/quicktime")
    assert_near(corners(picture(result)), UPRIGHT)
    assert np.abs(heard(result["tracks"][1])).max() < 0.2, "the tone, not the noise"


def test_an_animated_gif(tmp_path: Path) -> None:
    source = tmp_path / "source"
    clear = [Image.new("RGBA", (120, 80), (0, 0, 0, 0)) for _ in range(3)]
    for n, each in enumerate(clear):
        each.paste((*RED, 255), (0, 0, 60, 40 + n))
    clear[0].save(source, "GIF", save_all=True, append_images=clear[1:], duration=[1000, 50, 950], loop=0, disposal=2)
    result = shown(source, "image/gif")
    assert (result["width"], result["height"], result["duration_ms"]) == (120, 80, 2000)
    assert [track["kind"] for track in result["tracks"]] == ["video"]
    assert_near(corners(picture(result)), [RED, (255,) * 3, (255,) * 3, (255,) * 3], 12)
    assert len(result["frames"]) == 3


def test_a_poster_is_not_black(tmp_path: Path) -> None:
    dark = "drawbox=c=black:t=fill:enable='lt(t,3.5)',scale=out_color_matrix=bt709,format=yuv420p"
    result = shown(made(tmp_path / "source.mp4", rate="10", seconds=6, filters=f"{dark},{BT709}"))
    assert_near(corners(np.asarray(Image.open(result["poster"]))), UPRIGHT)
    assert [bool(np.asarray(Image.open(path)).mean() > 60) for path in result["frames"]] == [False] * 5 + [True] * 3


def test_much_footage_is_looked_at_by_its_key_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.media.videos._MUCH", 0)
    source = made(tmp_path / "source.mp4", seconds=6, filters="drawbox=c=white:t=fill:enable='gte(t,3)',format=yuv420p")
    for each in (source, run_with_one_key(source)):
        light = [np.asarray(Image.open(path)).mean() for path in survey(each, "video/mp4", tmp_path)["frames"]]
        assert [bool(value > 240) for value in light] == [False] * 4 + [True] * 4


def run_with_one_key(source: Path) -> Path:
    """The same video with a key frame at its beginning and no other."""
    other = source.with_name("other.mp4")
    run("-i", str(source), "-c:v", "libx264", "-preset", "ultrafast", "-g", "999", "-sc_threshold", "0", str(other))
    return other


def test_damage_in_the_middle_is_shown_as_it_is(tmp_path: Path) -> None:
    source = made(tmp_path / "source.mp4", seconds=4, filters="noise=alls=20:allf=t,format=yuv420p")
    content = bytearray(source.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_000] = os.urandom(20_000)
    source.write_bytes(content)
    result = shown(source)
    assert len(frames(result["tracks"][0])) == 120
    assert result["duration_ms"] == 4000


def frames_of(source: Path) -> np.ndarray[Any, Any]:
    """The frames of a file as they are stored, of 160 x 128 pixels."""
    raw = run("-i", str(source), "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:")
    return np.frombuffer(raw, np.uint8).reshape(-1, 128, 160, 3)


def test_pictures_that_change_their_size(tmp_path: Path) -> None:
    plain = [made(tmp_path / f"{n}.h264", size=size) for n, size in enumerate(((160, 120), (320, 240)))]
    (tmp_path / "both.h264").write_bytes(b"".join(path.read_bytes() for path in plain))
    run("-r", "30", "-i", str(tmp_path / "both.h264"), "-c", "copy", str(tmp_path / "source.mp4"))
    result = shown(tmp_path / "source.mp4")
    assert len(frames(result["tracks"][0])) == 60
    assert_near(corners(picture(result, 10)), UPRIGHT)
    assert_near(corners(picture(result, 50)), UPRIGHT)


def test_lines_of_two_instants_are_mended(tmp_path: Path) -> None:
    """It goes dark between the two halves of a frame: shown together they would be a comb."""
    fields = "drawbox=c=black:t=fill:enable='gte(n,11)',tinterlace=interleave_top,fieldorder=tff,format=yuv420p"
    codec = (*QUICK, "-flags", "+ildct+ilme", "-x264-params", "tff=1")
    source = made(tmp_path / "source.mp4", rate="50", size=(160, 128), filters=fields, codec=codec)
    combed = frames_of(source)[5][8:56, 20, 0].astype(int)
    assert np.abs(np.diff(combed)).mean() > 50
    result = shown(source)
    for n in range(4, 7):
        rows = picture(result, n)[8:56, 20, 0].astype(int)
        assert np.abs(np.diff(rows)).mean() < 10


CUT = "The video is incomplete: a part of the file is missing. Send it again."
DAMAGED = "The video is damaged or incomplete. Send it again."


@pytest.mark.parametrize("kept", [0.05, 0.6, 0.99])
@pytest.mark.parametrize("form", ["index last", "index first", "fragments"])
def test_a_file_that_ends_too_early(tmp_path: Path, form: str, kept: float) -> None:
    flags = {"index first": "+faststart", "fragments": "+frag_keyframe+empty_moov", "index last": "+disable_chpl"}[form]
    source = made(tmp_path / "source.mp4", "-movflags", flags, seconds=2, filters="noise=alls=20:allf=t,format=yuv420p")
    source.write_bytes(source.read_bytes()[: int(source.stat().st_size * kept)])
    assert refusal(source) == CUT


def test_footage_that_ends_before_it_should(tmp_path: Path) -> None:
    """The box says that it reaches to the end of the file, so it does; but the index speaks of more."""
    noise = "noise=alls=20:allf=t,format=yuv420p"
    source = made(tmp_path / "source.mp4", "-movflags", "+faststart", seconds=6, filters=noise)
    content = source.read_bytes()
    at = content.index(b"mdat") - 4
    source.write_bytes((content[:at] + bytes(4) + content[at + 4 :])[: len(content) // 2])
    assert refusal(source).startswith("The video is incomplete: it ends after ")


@pytest.mark.parametrize(
    "content", [b"\0\0\0\x18ftypmp42" + bytes(3000), b"\0\0\0\x18ftypmp42" + b"moov" * 2000, b"GIF89a"]
)
def test_only_the_beginning_is_a_video(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "source").write_bytes(content)
    assert refusal(tmp_path / "source", "image/gif" if content[:3] == b"GIF" else "video/mp4") in (DAMAGED, CUT)


def test_other_kinds_are_named(tmp_path: Path) -> None:
    source = tmp_path / "source"
    taken = "Supported formats for a video: MP4, MOV or WebM or Matroska."
    Image.new("P", (40, 40)).save(source, "GIF")
    assert refusal(source, "video/quicktime") == f"The file is a GIF. {taken}"
    for content, name in ((b"#EXTM3U\nfile:///etc/passwd\n", "a playlist"), (b"\xff\xd8\xff\xe0", "a JPEG")):
        source.write_bytes(content)
        assert refusal(source) == f"The file is {name}. {taken}"
    source.write_bytes(b"ffconcat version 1.0\nfile /etc/passwd\n")
    assert refusal(source) == "The file is not a video."
    source.write_bytes(b"")
    assert refusal(source) == "The file is empty."


@pytest.mark.parametrize(
    ("codec", "name"),
    [("mpeg4", "encoded as MPEG-4 Part 2"), ("libsvtav1", "encoded as AV1"), ("mjpeg", "encoded as Motion JPEG")],
)
def test_other_codecs_are_named(tmp_path: Path, codec: str, name: str) -> None:
    source = made(tmp_path / "source.mov" if codec == "mjpeg" else tmp_path / "source.mp4", codec=("-c:v", codec))
    assert refusal(source) == f"The video is {name}. Supported codecs: H.264, HEVC, VP8 and VP9."


def test_sound_that_cannot_be_decoded_is_left_out(tmp_path: Path) -> None:
    source = made(tmp_path / "source.mov", "-c:a", "adpcm_ima_qt", sound=True)
    result = shown(source, "video/quicktime")
    assert not result["has_audio"]
    assert [track["kind"] for track in result["tracks"]] == ["video"]
    assert_near(corners(picture(result)), UPRIGHT)


VP8, VP9 = (("-c:v", name, "-deadline", "realtime", "-cpu-used", "8") for name in ("libvpx", "libvpx-vp9"))


@pytest.mark.parametrize(
    ("name", "codec", "sound"),
    [("a.webm", VP8, "vorbis"), ("a.webm", VP9, "libopus"), ("a.mkv", QUICK, "aac"), ("a.mp4", VP9, "libopus")],
)
def test_webm_matroska_and_what_is_in_them(tmp_path: Path, name: str, codec: Sequence[str], sound: str) -> None:
    strict = ("-strict", "experimental", "-ac", "2") if sound == "vorbis" else ()
    matrix = "bt601" if codec is VP8 else "bt709"  # the only one of VP8
    colours = f"scale=out_color_matrix={matrix}:out_range=tv,format=yuv420p{'' if codec is VP8 else ',' + BT709}"
    source = made(tmp_path / name, "-c:a", sound, *strict, sound=True, codec=codec, filters=colours)
    result = shown(source)  # as MP4, whatever it is: its bytes tell
    assert (result["duration_ms"], result["frame_rate"], result["has_audio"]) == (1000, "30/1", True)
    assert len(frames(result["tracks"][0])) == 30
    assert_near(corners(picture(result, 9)), UPRIGHT)
    assert np.abs(heard(result["tracks"][1])).max() > 0.05


def test_a_recording_of_a_browser_says_neither_length_nor_rate(tmp_path: Path) -> None:
    plain = made(tmp_path / "plain.webm", seconds=2, filters="setpts=PTS*(1+gte(N\\,30)),format=yuv420p", codec=VP8)
    (tmp_path / "source.webm").write_bytes(run("-i", str(plain), "-c", "copy", "-f", "webm", "-live", "1", "pipe:"))
    assert "duration" not in probed(tmp_path / "source.webm", "-show_format")["format"]
    result = shown(tmp_path / "source.webm", "video/webm")
    assert 2900 <= result["duration_ms"] <= 4100
    assert result["frame_rate"] == "30/1", "what its shortest frames ask for"


def test_no_more_frames_of_a_webm_are_counted_than_can_be_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.media.sources.MAX_FRAMES", 20)
    source = made(tmp_path / "source.webm", codec=VP8)
    assert refusal(source, "video/webm") == "The video has too many frames: 21 (limit: 20)."


def test_a_webm_that_ends_too_early(tmp_path: Path) -> None:
    source = made(tmp_path / "source.webm", codec=VP8)
    content = source.read_bytes()
    for kept in (0.3, 0.99):
        source.write_bytes(content[: int(len(content) * kept)])
        assert refusal(source, "video/webm") == CUT
    source.write_bytes(content[:4])
    assert refusal(source, "video/webm") == DAMAGED


def test_no_picture(tmp_path: Path) -> None:
    run("-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", str(tmp_path / "source.mp4"))
    assert refusal(tmp_path / "source.mp4") == "The file has an audio track but no video track."


def test_too_long_too_large_and_too_small(tmp_path: Path) -> None:
    quick = f"setpts=PTS*3700,format=yuv420p,{BT709}"
    source = made(tmp_path / "long.mp4", rate="1", seconds=2, filters=quick)
    assert refusal(source) == "The video is too long: 1:01:41 (limit: 60 minutes)."
    source = made(tmp_path / "large.mp4", size=(8208, 64), seconds=0.04)
    assert refusal(source) == "The video has 8,208 x 64 pixels (limit: 8,192 x 4,320)."
    source = made(tmp_path / "small.mp4", size=(120, 14), seconds=0.1)
    assert refusal(source) == "The video has 120 x 14 pixels. Each side must have at least 16."


def test_more_pixels_than_the_container_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the container says is checked; what the stream says then, the decoder has to check."""
    source = made(tmp_path / "large.mp4", size=(640, 480), seconds=0.1)
    content, said, sized = source.read_bytes(), (640).to_bytes(2) + (480).to_bytes(2), bytes([0, 160, 0, 120])
    assert content.count(said) == 1
    source.write_bytes(content.replace(said, sized))
    small = msgspec.structs.replace(VIDEOS, max_pixels=500 * 480)
    monkeypatch.setattr("domain.media.ffmpeg.VIDEOS", small)
    with pytest.raises(InvalidInputError):
        shown(source)


def test_dolby_vision_without_a_base(tmp_path: Path) -> None:
    source = made(tmp_path / "plain.mp4", codec=(*QUICK, "-pix_fmt", "yuv420p"), seconds=0.2)
    # A box dvcC (Dolby Vision Streams Within the ISO Base Media File Format): version 1.0, profile 5, level 1, with RPU
    # and base layer, compatible with nothing.
    box = b"\0\0\0\x20dvcC" + bytes([1, 0, 5 << 1, 1 << 3 | 5, 0]) + bytes(19)
    content = bytearray(source.read_bytes())
    for parent in (b"avc1", b"stsd", b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        at = content.rindex(parent) - 4 if parent != b"avc1" else content.index(b"avc1", content.index(b"stsd")) - 4
        length = int.from_bytes(content[at : at + 4])
        if parent == b"avc1":
            content[at + length : at + length] = box
        content[at : at + 4] = (length + len(box)).to_bytes(4)
    source.write_bytes(content)
    assert refusal(source) == "Dolby Vision profile 5 is not supported, because it has no colors for other screens."
