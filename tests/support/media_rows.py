"""The values of the column `uploads.media` for uploads whose renditions exist nowhere."""

import json


def picture(id: int) -> str:
    """A picture with one rendition, whose key tells whose it is."""
    variants = [{"name": "LARGE", "format": "JPEG", "width": 1, "height": 1, "byte_size": 1, "key": f"{id:x}.jpg"}]
    return json.dumps({"kind": "photo", "width": 1, "height": 1, "blurhash": "x", "variants": variants})


def video(id: int) -> str:
    """The same of a video: the media of every other post."""
    more = {"kind": "video", "duration_ms": 1, "has_audio": True, "hls": f"{id:x}.m3u8"}
    return json.dumps(json.loads(picture(id)) | more)


def avatar(id: int) -> str:
    """The same for a person."""
    return json.dumps(json.loads(picture(id)) | {"id": id})
