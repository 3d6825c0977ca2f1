"""Unreadable rows."""

from tests.mutants.mutant import in_file

MUTANTS = [
    in_file("kit/unreadable.py", "tests/journeys/test_unreadable_rows.py")(
        "an unreadable row is left out",
        "        except ERRORS as error:\n",
        "        except ZeroDivisionError as error:\n",
        "test_post_with_unreadable_media_is_left_out_and_logged_once",
    ),
    in_file("kit/unreadable.py", "tests/journeys/test_unreadable_rows.py")(
        "an unreadable row is logged once",
        "    if (kind, id) in _logged:\n        return\n",
        "",
        "test_post_with_unreadable_media_is_left_out_and_logged_once",
    ),
    in_file("kit/unreadable.py", "tests/journeys/test_unreadable_rows.py")(
        "unreadable rows are counted",
        "    counts[kind] += 1\n",
        "",
        "test_post_with_unreadable_media_is_left_out_and_logged_once",
    ),
    in_file("domain/accounts/reads.py", "tests/journeys/test_unreadable_rows.py")(
        "a user with an unreadable avatar is shown without",
        "    except unreadable.ERRORS as error:\n",
        "    except ZeroDivisionError as error:\n",
        "test_user_with_unreadable_avatar_is_shown_without",
    ),
    in_file("domain/notifications/reads.py", "tests/journeys/test_unreadable_rows.py")(
        "a notification of an unknown kind is left out",
        'found = by_id(readable("notification", rows, _notification))',
        "found = by_id(list(map(_notification, rows)))",
        "test_notification_of_unknown_kind_is_left_out",
    ),
    in_file("domain/feed/timeline.py", "tests/journeys/test_unreadable_rows.py")(
        "an unreadable entry of a feed is left out",
        'places = readable("feed entry", known, lambda pair: (int(pair[0]), int(pair[1])))',
        "places = [(int(pair[0]), int(pair[1])) for pair in known]",
        "test_unreadable_cached_values_are_read_from_the_database",
    ),
]
