"""Uploads by parts."""

from tests.mutants.mutant import in_file

_parts = in_file("domain/media/multipart.py", "tests/journeys/test_multipart.py")
_uploads = in_file("domain/media/actions.py", "tests/journeys/test_multipart.py")

MUTANTS = [
    _parts(
        "a part that was sent twice is listed once",
        "return [part for number in sorted(versions) if (part := _newest(versions[number]))]",
        "return [part for number in sorted(versions) for part in versions[number]]",
        "test_part_that_is_sent_twice_is_listed_once_and_the_upload_becomes_ready",
    ),
    _parts(
        "a part that was sent twice is joined once",
        "return [chosen[number] for number in sorted(chosen)]",
        "return [part for number in sorted(versions) for part in versions[number]]",
        "test_part_that_is_sent_twice_is_listed_once_and_the_upload_becomes_ready",
    ),
    _parts(
        "the client's ETag selects the version of a part",
        "                chosen[number] = matching[0]\n",
        "                chosen[number] = versions[number][-1]\n",
        "test_etag_of_the_client_selects_the_version_of_a_part",
    ),
    _parts(
        "an ETag that storage does not hold is refused",
        "            if matching:\n",
        "            if not matching:\n"
        "                chosen[number] = versions[number][0]\n"
        "            elif matching:\n",
        "test_what_is_given_is_compared_with_what_storage_holds",
    ),
    _parts(
        "a part number that there is not is refused",
        "        if number not in expected:\n            mistakes.add(",
        "        if False:\n            mistakes.add(",
        "test_what_is_given_is_compared_with_what_storage_holds",
    ),
    _parts(
        "the version that was stored last is used",
        "last = max(part.stored_at for part in versions if part.stored_at)",
        "last = min(part.stored_at for part in versions if part.stored_at)",
        "test_version_of_a_part_that_was_stored_last_is_used_where_that_is_known",
    ),
    _parts(
        "of versions of the same second none is guessed",
        "return newest[0] if len({_bare(part.etag) for part in newest}) == 1 else None",
        "return newest[0]",
        "test_version_of_a_part_that_was_stored_last_is_used_where_that_is_known",
    ),
    _parts(
        "ETags are compared without quotes and case",
        """return etag.strip().strip('"').lower()""",
        "return etag",
        "test_version_of_a_part_that_was_stored_last_is_used_where_that_is_known",
    ),
    _parts(
        "a part of a wrong size does not count",
        "if part.byte_size == expected.get(part.number):",
        "if True:",
        "test_parts_of_a_wrong_size_do_not_count",
    ),
    _parts(
        "missing parts are named",
        "missing = [number for number in expected if number not in versions]",
        "missing: list[int] = []",
        "test_an_upload_goes_on_where_a_crash_has_left_it",
    ),
    _parts(
        "the length of a part is signed",
        'headers = {"content-length": str(byte_size)}',
        "headers: dict[str, str] = {}",
        "test_an_upload_goes_on_where_a_crash_has_left_it",
    ),
    _parts(
        "all parts but the last have the same size",
        "min(upload.part_size, upload.byte_size - start)",
        "upload.part_size",
        "test_a_file_is_sent_by_parts_in_parallel_and_out_of_order",
    ),
    _parts(
        "a multipart upload that was joined before is no error",
        "    except ObjectMissingError:\n        pass  # it was",
        "    except ZeroDivisionError:\n        pass  # it was",
        "test_bytes_that_storage_told_nobody_of_are_found",
    ),
    _parts(
        "a retry starts nothing again",
        "AND part_size IS NOT NULL AND multipart IS NULL",
        "AND part_size IS NOT NULL",
        "test_a_retry_begins_nothing_anew",
    ),
    _uploads(
        "parts have 16 MiB",
        "PART_BYTES = 16 * 1024**2",
        "PART_BYTES = 15 * 1024**2",
        "test_a_file_is_sent_by_parts_in_parallel_and_out_of_order",
        "tests/journeys/test_uppy.py::test_video_is_uploaded_by_parts",
    ),
    _uploads(
        "an upload in use is not aborted",
        '        if row["used"]:',
        "        if False:",
        "test_what_is_in_use_is_not_aborted",
    ),
    _uploads(
        "what is aborted is erased", "        await end(tx, upload.id)\n", "", "test_what_is_aborted_leaves_nothing"
    ),
    _uploads(
        "an expired upload is not completed",
        'if upload.status == "EXPIRED":\n        raise',
        "if False:\n        raise",
        "test_what_is_aborted_leaves_nothing",
    ),
    _uploads(
        "a file that did not arrive is told",
        "except ObjectMissingError:\n        raise mistake(",
        "except ZeroDivisionError:\n        raise mistake(",
        "test_a_single_upload_can_be_nudged",
    ),
    _uploads(
        "an upload is used once",
        "elif id in used or id in upload_ids[:index]:",
        "elif id in upload_ids[:index]:",
        "tests/domain/test_publication.py::test_two_posts_want_one_upload",
    ),
    _uploads(
        "an upload is its owner's",
        "WHERE id = ANY($1) AND owner_id = $2 ORDER BY id FOR UPDATE",
        "WHERE id = ANY($1) AND $2::bigint > 0 ORDER BY id FOR UPDATE",
        "tests/journeys/test_bad_files.py::test_nobody_else_can_use_an_upload_or_learn_of_it",
    ),
    _uploads(
        "the object can be written once",
        '"if-none-match": "*",',
        '"x-amz-meta-x": "*",',
        "tests/journeys/test_bad_files.py::test_a_signed_url_takes_what_it_was_signed_for_and_nothing_else",
    ),
    _uploads(
        "common names of content types are taken",
        "replace(file, content_type=canonical(file.content_type))",
        "replace(file, content_type=file.content_type)",
        "tests/journeys/test_bad_files.py::test_a_photo_is_what_its_bytes_say",
    ),
]
