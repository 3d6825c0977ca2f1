"""Which files are taken."""

from tests.mutants.mutant import in_file

_formats = in_file("domain/media/formats.py", "tests/media/test_images.py")
_images = in_file("domain/media/images.py", "tests/media/test_images.py")
_sources = in_file("domain/media/sources.py", "tests/media/test_odd_videos.py")

MUTANTS = [
    _formats(
        "the bytes of a photo say which it is",
        "    if found not in taken:\n",
        "    if found != FORMATS[content_type].name:\n",
        "test_its_bytes_say_which_picture_it_is",
    ),
    _formats(
        "content types may be in upper case",
        '.partition(";")[0].strip().lower()',
        '.partition(";")[0].strip()',
        "tests/media/test_formats.py::test_content_types_as_clients_write_them",
    ),
    _formats(
        "content types may have parameters",
        'content_type.partition(";")[0].strip().lower()',
        "content_type.strip().lower()",
        "tests/media/test_formats.py::test_content_types_as_clients_write_them",
    ),
    _formats(
        "image/jpg is taken",
        '    "image/jpg": "image/jpeg",\n',
        "",
        "tests/media/test_formats.py::test_content_types_as_clients_write_them",
    ),
    _formats(
        "video/x-m4v is taken",
        '    "video/x-m4v": "video/mp4",\n',
        "",
        "tests/journeys/test_multipart.py::test_clients_can_ask_what_is_taken",
    ),
    _formats(
        "video/3gpp is taken",
        '    "video/3gpp": "video/mp4",\n',
        "",
        "tests/journeys/test_multipart.py::test_clients_can_ask_what_is_taken",
    ),
    _formats(
        "WebM and Matroska are taken",
        '    "video/webm": Format("WebM or Matroska", "VIDEO"),\n'
        '    "video/x-matroska": Format("WebM or Matroska", "VIDEO"),\n',
        "",
        "tests/journeys/test_multipart.py::test_clients_can_ask_what_is_taken",
        "tests/media/test_odd_videos.py::test_webm_matroska_and_what_is_in_them",
    ),
    _formats(
        "a WebM is recognised by its bytes",
        '    (0, b"\\x1aE\\xdf\\xa3", "WebM or Matroska"),\n',
        "",
        "tests/media/test_odd_videos.py::test_webm_matroska_and_what_is_in_them",
    ),
    _images(
        "a JPEG without its end marker is taken",
        '        ended.write_bytes(source.read_bytes() + b"\\xff\\xd9")\n',
        "        ended.write_bytes(source.read_bytes())\n",
        "test_a_jpeg_without_its_end_marker",
    ),
    _images(
        "a JPEG without rows is refused",
        'return _decoded(ended, "JPEG", "warning")',
        'return _decoded(ended, "JPEG", "none")',
        "test_truncated",
        "test_a_jpeg_without_its_end_marker",
    ),
    _images(
        "an animated AVIF gets the answer of an animated WebP",
        ' or (found == "AVIF" and _avif_moves(source))',
        "",
        "test_an_animated_avif_is_refused_like_an_animated_webp",
    ),
    _images(
        "a sequence in a HEIC gets the same answer",
        "        if _major_brand(source) in _SEQUENCES:\n            raise _animated(found) from error\n",
        "",
        "test_sequence_in_heic_is_refused_like_an_animated_webp",
    ),
    _images(
        "an animated WebP is refused",
        '(found == "WebP" and _webp_moves(source)) or',
        "",
        "test_an_animated_webp_is_refused",
    ),
    _images(
        "an animated WebP of one frame is a photo",
        '        if start[12:16] != b"VP8X" or not start[-1] & 2:\n            return False\n        at',
        '        return start[12:16] == b"VP8X" and bool(start[-1] & 2)\n        at',
        "test_an_animated_webp_of_one_frame_is_a_photo",
    ),
    _images(
        "orientation in EXIF does not turn a HEIC",
        "    width, height = int(picture.size[0]), int(picture.size[1])\n    mode",
        "    width, height = int(picture.size[1]), int(picture.size[0])\n    mode",
        "tests/media/test_formats.py::test_orientation_in_exif_does_not_turn_a_heic",
    ),
    _sources(
        "a track of sound that cannot be decoded is left out",
        '_first([stream for stream in sounds if stream.get("codec_name") in SOUNDS])',
        "_first(sounds)",
        "test_sound_that_cannot_be_decoded_is_left_out",
    ),
    _sources(
        "what records in a browser is counted",
        '    if demuxer == "matroska":\n        _count(source, video)\n',
        "",
        "test_a_recording_of_a_browser_says_neither_length_nor_rate",
    ),
    _sources(
        "a WebM that ends too early is refused",
        '"matroska": _ends_with_its_segment',
        '"matroska": lambda _: True',
        "test_a_webm_that_ends_too_early",
    ),
    _sources(
        "no more frames than can be shown are counted",
        'packet_times(source, "matroska", video["index"], MAX_FRAMES + 1)',
        'packet_times(source, "matroska", video["index"], 10**9)',
        "test_no_more_frames_of_a_webm_are_counted_than_can_be_shown",
    ),
]
