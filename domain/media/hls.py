"""Playlists of a video's tracks: HTTP Live Streaming (RFC 8216), with fragmented MP4.

All objects of an upload lie in one folder, each under the hash of what it holds, playlists too: so a playlist names
others without a path, and the name of each follows from the tracks. A track is what `domain.media.videos.encode`
gives.
"""

import hashlib
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

Track = Mapping[str, Any]

_GROUP = "sound"


def playlist_name(playlist: str) -> str:
    """Return the file name of a playlist."""
    return f"{hashlib.sha256(playlist.encode()).hexdigest()}.m3u8"


def init_name(init: Mapping[str, Any]) -> str:
    """Return the file name of a track's init segment, which a player reads first."""
    return f"{init['sha256']}.mp4"


def segment_name(segment: Mapping[str, Any]) -> str:
    """Return the file name of a segment."""
    return f"{segment['sha256']}.m4s"


def media_playlist(track: Track) -> str:
    """Return the playlist of one track: its init segment and its segments, complete and final."""
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{_target(track['segments'])}",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MAP:URI="{init_name(track["init"])}"',
    ]
    for segment in track["segments"]:
        lines += [f"#EXTINF:{segment['duration']:.6f},", segment_name(segment)]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def described(track: Track) -> dict[str, Any]:
    """Return a track for a master playlist, with the name of its own `playlist`; without its segments."""
    said = {name: value for name, value in track.items() if name not in ("init", "segments")}
    return said | {"playlist": playlist_name(media_playlist(track))}


def master_playlist(tracks: Sequence[Track]) -> str:
    """The playlist of a video: its renditions, smallest first, and last its sound alone, for clients that only listen.

    `tracks` are as `described`: at least one of kind "video", and at most one of kind "audio".
    """
    sound = next((track for track in tracks if track["kind"] == "audio"), None)
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if sound is not None:
        lines.append(
            f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{_GROUP}",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",'
            f'URI="{sound["playlist"]}"'
        )
    pictures = sorted(
        (track for track in tracks if track["kind"] == "video"), key=lambda track: int(track["bandwidth"])
    )
    for track in pictures:
        lines += _variant(track, [track, sound] if sound is not None else [track], with_sound=sound is not None)
    if sound is not None:
        lines += _variant(sound, [sound], with_sound=True)
    return "\n".join([*lines, ""])


def bandwidths(segments: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Bits per second of a track: at its peak, and on average.

    The peak is that of RFC 8216, section 4.1: over all runs of segments that last 0.5 to 1.5 times the target duration.
    """
    average = _rate(segments)
    target = _target(segments)
    runs = [segments[at : at + length] for length in (1, 2, 3) for at in range(len(segments) - length + 1)]
    return max([average, *(_rate(run) for run in runs if 0.5 <= _lasts(run) / target <= 1.5)]), average


def _variant(track: Track, played: Sequence[Track], *, with_sound: bool) -> list[str]:
    """How a master playlist offers `track`, which is played together with the others of `played`."""
    attributes = [
        f"BANDWIDTH={sum(each['bandwidth'] for each in played)}",
        f"AVERAGE-BANDWIDTH={sum(each['average_bandwidth'] for each in played)}",
        f'CODECS="{",".join(each["codecs"] for each in played)}"',
    ]
    if track["kind"] == "video":
        attributes += [
            f"RESOLUTION={track['width']}x{track['height']}",
            f"FRAME-RATE={float(Fraction(track['frame_rate'])):.3f}",
            "CLOSED-CAPTIONS=NONE",
        ]
    if with_sound:
        attributes.append(f'AUDIO="{_GROUP}"')
    return [f"#EXT-X-STREAM-INF:{','.join(attributes)}", str(track["playlist"])]


def _target(segments: Sequence[Mapping[str, Any]]) -> int:
    """Return the duration of the longest segment in whole seconds."""
    return max(1, round(max(float(segment["duration"]) for segment in segments)))


def _lasts(segments: Sequence[Mapping[str, Any]]) -> float:
    return sum(float(segment["duration"]) for segment in segments)


def _rate(segments: Sequence[Mapping[str, Any]]) -> int:
    return round(sum(int(segment["byte_size"]) for segment in segments) * 8 / _lasts(segments))
