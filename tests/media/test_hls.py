"""Playlists, to the letter."""

from itertools import pairwise
from typing import Any

import pytest

from domain.media.hls import bandwidths, described, master_playlist, media_playlist, playlist_name


def track(name: str, kind: str = "video", *durations: float, size: int = 1000) -> dict[str, Any]:
    """A track of segments of these lengths, `size` bytes a second."""
    segments = [
        {"sha256": f"{name}{n}", "byte_size": round(size * duration), "duration": duration}
        for n, duration in enumerate(durations or (4.004, 4.004, 1.5))
    ]
    peak, average = bandwidths(segments)
    picture = {"width": 640, "height": 360, "frame_rate": "30000/1001", "codecs": "avc1.64001e"}
    sound = {"width": None, "height": None, "frame_rate": None, "codecs": "mp4a.40.2"}
    return {
        **(picture if kind == "video" else sound),
        "name": name,
        "kind": kind,
        "bandwidth": peak,
        "average_bandwidth": average,
        "init": {"sha256": f"{name}-init", "byte_size": 800},
        "segments": segments,
    }


def test_a_media_playlist() -> None:
    assert media_playlist(track("small")) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:7\n"
        "#EXT-X-TARGETDURATION:4\n"
        "#EXT-X-PLAYLIST-TYPE:VOD\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-MAP:URI="small-init.mp4"\n'
        "#EXTINF:4.004000,\n"
        "small0.m4s\n"
        "#EXTINF:4.004000,\n"
        "small1.m4s\n"
        "#EXTINF:1.500000,\n"
        "small2.m4s\n"
        "#EXT-X-ENDLIST\n"
    )


def test_a_master_playlist() -> None:
    large, small, sound = track("large", size=9000), track("small"), track("sound", "audio", size=500)
    names = {each["name"]: playlist_name(media_playlist(each)) for each in (large, small, sound)}
    assert master_playlist([described(each) for each in (large, sound, small)]) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:7\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",'
        f'URI="{names["sound"]}"\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=12000,AVERAGE-BANDWIDTH=12000,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=640x360,'
        'FRAME-RATE=29.970,CLOSED-CAPTIONS=NONE,AUDIO="sound"\n'
        f"{names['small']}\n"
        '#EXT-X-STREAM-INF:BANDWIDTH=76000,AVERAGE-BANDWIDTH=76000,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=640x360,'
        'FRAME-RATE=29.970,CLOSED-CAPTIONS=NONE,AUDIO="sound"\n'
        f"{names['large']}\n"
        '#EXT-X-STREAM-INF:BANDWIDTH=4000,AVERAGE-BANDWIDTH=4000,CODECS="mp4a.40.2",AUDIO="sound"\n'
        f"{names['sound']}\n"
    )


def test_a_silent_video() -> None:
    text = master_playlist([described(track("small"))])
    assert "AUDIO" not in text
    assert 'CODECS="avc1.64001e"' in text
    assert len(text.splitlines()) == 5


def test_a_playlist_is_named_by_what_it_says() -> None:
    names = [
        playlist_name(master_playlist([described(track("small", "video", *lasts))]))
        for lasts in ((4, 4), (4, 4), (4, 3))
    ]
    assert names[0] == names[1] != names[2]


def test_the_longest_segment_rounds_to_the_target() -> None:
    """RFC 8216, section 4.3.3.1."""
    for longest, target in ((4.4, 4), (4.6, 5), (0.2, 1)):
        assert f"#EXT-X-TARGETDURATION:{target}\n" in media_playlist(track("any", "video", longest))


@pytest.mark.parametrize(
    ("segments", "peak", "average"),
    [
        ([(4, 400), (4, 800), (4, 400)], 1600, 1067),
        ([(4, 400), (0.1, 400)], 1561, 1561),  # beside the other; alone it is too short to count
        ([(4, 400), (2, 400)], 1600, 1067),
        ([(0.1, 50)], 4000, 4000),
        # 0.5 times the target duration counts (above), anything shorter does not.
        ([(4, 400), (1.9, 400), (4, 8)], 1085, 653),
        # Three segments of 1.5 times the target duration count, wherever they are; anything longer does not.
        ([(1, 400), (4, 400), (1, 400), (4, 8)], 1600, 966),
        ([(4, 8), (1, 400), (4, 400), (1, 400)], 1600, 966),
        ([(1.1, 400), (4, 400), (1, 400), (4, 8)], 1280, 957),
        # Two segments count together, also the last two.
        ([(4, 8), (4, 400), (1.5, 400)], 1164, 680),
    ],
)
def test_the_peak_is_over_about_a_target_duration(segments: list[tuple[float, int]], peak: int, average: int) -> None:
    found = bandwidths([{"duration": duration, "byte_size": size} for duration, size in segments])
    assert found == (peak, average)


def test_renditions_are_offered_in_rising_order() -> None:
    text = master_playlist([described(track(f"{size}", size=size)) for size in (5000, 100, 900)])
    offered = [int(line.split("BANDWIDTH=")[1].split(",")[0]) for line in text.splitlines() if "STREAM-INF" in line]
    assert all(one < other for one, other in pairwise(offered))
