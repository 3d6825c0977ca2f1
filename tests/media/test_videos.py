"""Videos in, renditions out: upright, in their colours, in time, with nothing else of what the file held."""

import hashlib
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from domain.media.videos import encode
from tests.media.videos import (
    BT709,
    GREEN,
    GREY,
    QUICK,
    RED,
    UPRIGHT,
    assert_near,
    corners,
    frames,
    heard,
    joined,
    laid_out,
    made,
    picture,
    probed,
    run,
    shown,
)

SECRETS = (
    "-metadata",
    "location=+48.8583+002.2945/",
    "-metadata",
    "make=secret maker",
    "-metadata:s:v",
    "handler_name=secret",
)


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """640 x 360 at 29.97 frames for nine seconds, with sound and metadata; at 5 s it flashes and beeps."""
    folder = tmp_path_factory.mktemp("phone")
    flash = "drawbox=c=white:t=fill:enable='between(t,5,5.3)'"
    run(
        *("-f", "lavfi", "-i", f"testsrc2=s=640x360:r=30000/1001:d=9,{flash}"),
        *("-f", "lavfi", "-i", "aevalsrc='if(between(t,5,5.3),0.5*sin(2*PI*1000*t),0)':s=44100:d=9"),
        *QUICK,
        *("-metadata", "creation_time=2026-01-02T03:04:05Z", *SECRETS, "-f", "mov"),
        str(folder / "source"),
    )
    assert b"secret" in (folder / "source").read_bytes()
    return folder / "source"


@pytest.fixture(scope="module")
def result(phone: Path) -> dict[str, Any]:
    return shown(phone, "video/quicktime")


def test_what_is_made(result: dict[str, Any], phone: Path) -> None:
    assert (result["width"], result["height"], result["has_audio"]) == (640, 360, True)
    assert result["frame_rate"] == "30000/1001"
    assert abs(result["duration_ms"] - 9000) < 40
    assert [(rung["name"], rung["width"], rung["height"]) for rung in result["rungs"]] == [
        ("240p", 426, 240),
        ("360p", 640, 360),
    ]
    assert [track["name"] for track in result["tracks"]] == ["240p", "audio", "360p"]
    for track in result["tracks"]:
        for each in (track["init"], *track["segments"]):
            content = Path(each["path"]).read_bytes()
            assert (len(content), hashlib.sha256(content).hexdigest()) == (each["byte_size"], each["sha256"])
        assert 0 < track["average_bandwidth"] <= track["bandwidth"]
        lasts = sum(segment["duration"] for segment in track["segments"])
        assert abs(lasts - result["duration_ms"] / 1000) < 0.03
    for track in result["tracks"][::2]:
        [stream] = probed_bytes(track, phone.parent, "-show_streams")["streams"]
        assert (stream["codec_name"], stream["profile"], stream["pix_fmt"]) == ("h264", "High", "yuv420p")
        assert (stream["width"], stream["height"]) == (track["width"], track["height"])
        assert (stream["color_range"], stream["color_space"], stream["color_primaries"]) == ("tv", "bt709", "bt709")
        assert stream["mime_codec_string"] == track["codecs"]
        assert stream["avg_frame_rate"] == track["frame_rate"]
    [stream] = probed_bytes(result["tracks"][1], phone.parent, "-show_streams")["streams"]
    assert (stream["codec_name"], stream["profile"], stream["sample_rate"], stream["channels"]) == (
        "aac",
        "LC",
        "48000",
        2,
    )
    assert stream["mime_codec_string"] == result["tracks"][1]["codecs"]


def probed_bytes(track: dict[str, Any], folder: Path, *arguments: str, segments: slice = slice(None)) -> dict[str, Any]:
    path = folder / "joined.mp4"
    path.write_bytes(joined(track, segments))
    return probed(path, *arguments)


def test_a_player_finds_every_rendition(result: dict[str, Any], tmp_path: Path) -> None:
    master = laid_out(result["tracks"], tmp_path / "stored")
    streams = probed(master, "-show_streams")["streams"]
    found = sorted((stream["codec_name"], stream.get("width")) for stream in streams if stream["codec_type"] == "video")
    assert found == [("h264", 426), ("h264", 640)]
    assert any(stream["codec_name"] == "aac" for stream in streams)
    assert abs(float(probed(master, "-show_format")["format"]["duration"]) - 9) < 0.05


def test_renditions_of_two_passes_can_be_changed_at_every_segment(result: dict[str, Any], phone: Path) -> None:
    small, _, large = result["tracks"]
    lasts = [[segment["duration"] for segment in track["segments"]] for track in (small, large)]
    assert lasts[0] == lasts[1]
    assert lasts[0][:2] == [4.004, 4.004]
    for track in (small, large):
        packets = probed_bytes(track, phone.parent, "-show_entries", "packet=pts_time,flags")["packets"]
        keys = [float(packet["pts_time"]) for packet in packets if "K" in packet["flags"]]
        assert keys == pytest.approx([0, 2.002, 4.004, 6.006, 8.008], abs=0.001)
        second = probed_bytes(track, phone.parent, "-show_entries", "frame=pict_type,pts_time", segments=slice(1, 2))[
            "frames"
        ]
        assert second[0]["pict_type"] == "I"
        assert float(second[0]["pts_time"]) == pytest.approx(4.004, abs=0.001)
        assert len(second) == 120, "it can be shown without the one before"
    # The second segment of one behind the first of the other: the same instants.
    assert np.abs(frames(small, slice(1, 2))[60].mean() - frames(large, slice(1, 2))[60].mean()) < 2


def test_sound_and_picture_stay_together(result: dict[str, Any]) -> None:
    light = frames(result["tracks"][0]).mean(axis=(1, 2, 3))
    flash = int(np.argmax(light > 240)) * 1001 / 30000
    beep = int(np.argmax(np.abs(heard(result["tracks"][1])) > 0.1)) / 48000
    assert abs(flash - 5) < 0.04
    assert abs(beep - 5) < 0.03


def test_the_same_bytes_give_the_same_renditions(result: dict[str, Any], phone: Path, tmp_path: Path) -> None:
    again = encode(phone, result, tmp_path, ["240p"], lambda _: None, audio=True)["tracks"]
    for one, other in zip(again, result["tracks"], strict=False):
        assert [each["sha256"] for each in (one["init"], *one["segments"])] == [
            each["sha256"] for each in (other["init"], *other["segments"])
        ]


def test_no_metadata_remains(result: dict[str, Any]) -> None:
    pictures = [Path(path).read_bytes() for path in (result["poster"], *result["frames"])]
    for content in [*(joined(track) for track in result["tracks"]), *pictures]:
        assert [word for word in (b"secret", b"48.8583", b"2026") if word in content] == []


def test_pictures_out_of_it(result: dict[str, Any]) -> None:
    assert len(result["frames"]) == 11
    seen = [np.asarray(Image.open(path)) for path in result["frames"]]
    assert {picture.shape for picture in seen} == {(360, 640, 3)}
    assert all(np.abs(one.astype(int) - other).mean() > 1 for one, other in pairwise(seen))
    with Image.open(result["poster"]) as poster:
        assert (poster.size, poster.format) == ((640, 360), "JPEG")


def test_progress_is_told(result: dict[str, Any], phone: Path, tmp_path: Path) -> None:
    told: list[float] = []
    encode(phone, result, tmp_path, ["360p"], told.append, audio=False)
    assert told == sorted(told)
    assert told[-1] == 1
    assert all(0 <= fraction <= 1 for fraction in told)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_every_orientation_comes_upright(tmp_path: Path, angle: int, mirrored: bool) -> None:
    # The matrix turns what is stored to the left, then mirrors it: the camera has done the reverse.
    undone = ["hflip"] * mirrored + ["transpose=clock"] * (angle // 90)
    stored = made(
        tmp_path / "stored.mp4", filters=",".join([*undone, "scale=out_color_matrix=bt709", "format=yuv420p", BT709])
    )
    flip = ["-display_hflip"] if mirrored else []
    run("-display_rotation", str(angle), *flip, "-i", str(stored), "-c", "copy", str(tmp_path / "turned.mp4"))
    assert (probed(stored, "-show_streams")["streams"][0]["width"] == 120) == (angle in (90, 270))
    result = shown(tmp_path / "turned.mp4")
    assert (result["width"], result["height"]) == (160, 120)
    assert_near(corners(picture(result)), UPRIGHT)
    assert_near(corners(np.asarray(Image.open(result["poster"]))), UPRIGHT)
    assert_near(corners(np.asarray(Image.open(result["frames"][0]))), UPRIGHT)


def coloured(matrix: str, range_: str = "tv", pixels: str = "yuv420p", said: str = "") -> str:
    return f"scale=out_color_matrix={matrix}:out_range={range_},format={pixels}{said and ',setparams=' + said}"


@pytest.mark.parametrize(
    ("filters", "size"),
    [
        (coloured("bt601", said="colorspace=smpte170m:range=tv"), (160, 120)),
        (coloured("bt601"), (160, 120)),
        (coloured("bt709"), (1280, 720)),
        (coloured("bt709", "pc", said="colorspace=bt709:range=pc"), (160, 120)),
        (coloured("bt601", "pc", "yuvj420p"), (160, 120)),
        (coloured("bt709", pixels="yuv420p10le", said="colorspace=bt709:range=tv"), (160, 120)),
        (coloured("bt709", pixels="yuv422p", said="colorspace=bt709:range=tv"), (160, 120)),
    ],
    ids=["601", "small and unsaid", "large and unsaid", "full range", "full range of JPEG", "ten bits", "4:2:2"],
)
def test_colours(tmp_path: Path, filters: str, size: tuple[int, int]) -> None:
    result = shown(made(tmp_path / "source.mp4", size=size, filters=filters, seconds=0.2))
    assert_near(corners(picture(result)), UPRIGHT)
    assert_near(corners(np.asarray(Image.open(result["poster"]))), UPRIGHT)


@pytest.mark.parametrize(
    ("transfer", "code", "expected"),
    [("arib-std-b67", 0.5, 143), ("arib-std-b67", 0.75, 230), ("smpte2084", 0.38, 107), ("smpte2084", 0.75, 255)],
)
def test_high_dynamic_range(tmp_path: Path, transfer: str, code: float, expected: int) -> None:
    """Of diffuse white (203 cd/m2: 0.75 in HLG, 0.58 in PQ) some light is left for what is brighter."""
    grey = f"geq=lum={64 + round(code * 876)}:cb=512:cr=512"
    said = f"setparams=range=tv:colorspace=bt2020nc:color_primaries=bt2020:color_trc={transfer}"
    result = shown(made(tmp_path / "source.mp4", filters=f"format=yuv420p10le,{grey},{said}", seconds=0.2))
    assert_near(corners(picture(result)), [(expected,) * 3] * 4, 4)
    assert_near(corners(np.asarray(Image.open(result["poster"]))), [(expected,) * 3] * 4, 4)


def test_wide_colours(tmp_path: Path) -> None:
    said = "setparams=range=tv:colorspace=bt2020nc:color_primaries=bt2020:color_trc=bt2020-10"
    wide = f"scale=out_color_matrix=bt2020:out_range=tv,format=yuv420p10le,{said}"
    red, green, _, grey = corners(picture(shown(made(tmp_path / "source.mp4", filters=wide, seconds=0.2))))
    assert red[0] > RED[0] + 20, "the same numbers are a stronger red in BT.2020"
    assert green[0] < GREEN[0]
    assert_near([grey], [GREY], 4)


def test_hevc(tmp_path: Path) -> None:
    codec = (
        "-c:v",
        "libx265",
        "-preset",
        "ultrafast",
        "-crf",
        "12",
        "-x265-params",
        "log-level=none",
        "-tag:v",
        "hvc1",
    )
    result = shown(made(tmp_path / "source.mp4", codec=codec))
    assert_near(corners(picture(result)), UPRIGHT)
    assert len(frames(result["tracks"][0])) == 30


@pytest.mark.parametrize(
    ("size", "options", "upright", "rendition"),
    [
        ((160, 120), ("-aspect", "2:1"), (240, 120), (240, 120)),
        ((161, 121), (), (161, 121), (160, 120)),
        ((16, 16), (), (16, 16), (16, 16)),
        ((2000, 64), (), (2000, 64), (1920, 60)),
        ((240, 426), (), (240, 426), (240, 426)),
    ],
    ids=["pixels that are not square", "odd", "tiny", "long", "held upright"],
)
def test_sizes(
    tmp_path: Path,
    size: tuple[int, int],
    options: tuple[str, ...],
    upright: tuple[int, int],
    rendition: tuple[int, int],
) -> None:
    filters = f"scale=out_color_matrix=bt709,format=yuv444p,{BT709}"
    result = shown(made(tmp_path / "source.mp4", *options, size=size, filters=filters, seconds=0.2))
    assert (result["width"], result["height"]) == upright
    assert [(track["width"], track["height"]) for track in result["tracks"]] == [rendition]
    assert_near(corners(picture(result)), UPRIGHT, 12)


@pytest.mark.parametrize(
    ("rate", "expected"), [("60", "30/1"), ("50", "25/1"), ("60000/1001", "30000/1001"), ("24", "24/1"), ("5", "10/1")]
)
def test_rates(tmp_path: Path, rate: str, expected: str) -> None:
    result = shown(made(tmp_path / "source.mp4", rate=rate, seconds=2))
    assert result["frame_rate"] == expected
    assert len(frames(result["tracks"][0])) == round(2 * Fraction(expected))
    assert abs(result["duration_ms"] - 2000) <= 34


def test_a_rate_that_varies(tmp_path: Path) -> None:
    # Frames 0 to 19, then every tenth; the grey quarter turns white at frame 30.
    some = "drawbox=c=white:t=fill:enable='gte(n,30)',select='lt(n,20)+not(mod(n,10))'"
    varying = f"{some},scale=out_color_matrix=bt709,format=yuv420p"
    source = made(tmp_path / "source.mp4", "-video_track_timescale", "600", seconds=2, filters=varying)
    assert probed(source, "-show_streams")["streams"][0]["avg_frame_rate"] != "30/1"
    result = shown(source)
    assert result["frame_rate"] == "30/1"
    light = frames(result["tracks"][0]).mean(axis=(1, 2, 3))
    assert np.argmax(light > 230) == 30, "frames are shown when they are due"


def test_a_single_frame_that_does_not_stay(tmp_path: Path) -> None:
    result = shown(made(tmp_path / "source.mp4", rate="100", seconds=0.01))
    assert len(frames(result["tracks"][0])) == len(result["frames"]) == 1
    assert_near(corners(np.asarray(Image.open(result["poster"]))), UPRIGHT)


def test_a_single_frame_that_stays(tmp_path: Path) -> None:
    result = shown(made(tmp_path / "source.mp4", rate="1/5", seconds=5, sound=True))
    assert result["duration_ms"] == 5000
    assert len(frames(result["tracks"][0])) == 50
    assert len(result["frames"]) == 1


@pytest.mark.parametrize(
    "options",
    [("-movflags", "+faststart"), ("-movflags", "+frag_keyframe+empty_moov+default_base_moof"), ("-brand", "isom")],
    ids=["index first", "fragments", "index last"],
)
def test_forms_of_the_container(tmp_path: Path, options: tuple[str, ...]) -> None:
    result = shown(made(tmp_path / "source.mp4", *options, seconds=2, sound=True))
    assert abs(result["duration_ms"] - 2000) < 70
    assert_near(corners(picture(result)), UPRIGHT)
    assert abs(np.abs(heard(result["tracks"][1])[4800:-4800]).mean() - 0.08) < 0.02


def test_edit_lists(phone: Path, tmp_path: Path) -> None:
    """Cut without encoding, a file holds more than it shows."""
    cut = tmp_path / "cut.mov"
    run("-ss", "4.5", "-i", str(phone), "-t", "2", "-c", "copy", str(cut))
    result = shown(cut)
    assert abs(result["duration_ms"] - 2000) < 40
    light = frames(result["tracks"][0]).mean(axis=(1, 2, 3))
    assert abs(int(np.argmax(light > 240)) * 1001 / 30000 - 0.5) < 0.04
    assert abs(int(np.argmax(np.abs(heard(result["tracks"][1])) > 0.1)) / 48000 - 0.5) < 0.04
