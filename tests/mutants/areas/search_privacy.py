"""Search: who is found by whom."""

from tests.mutants.mutant import in_file

_find = in_file("domain/search/finding.py", "tests/journeys/test_search.py")
_resolve = in_file("resolvers/search.py", "tests/journeys/test_search.py")
_RULES = "tests/search/test_finding.py::test_people_are_shown_by_what_they_are_to_the_viewer"

MUTANTS = [
    _find(
        "a private account is found by its whole username alone",
        "        if user.is_private and not (is_named or relationship.is_viewer or "
        "relationship.by_viewer & Kind.FOLLOW):\n"
        "            continue\n",
        "",
        _RULES,
    ),
    _find(
        "a private account is found by its whole username",
        "not (is_named or relationship.is_viewer or",
        "not (relationship.is_viewer or",
        _RULES,
    ),
    _find(
        "people find their own private account",
        "not (is_named or relationship.is_viewer or",
        "not (is_named or",
        _RULES,
    ),
    _find(
        "followers find a private account",
        " or relationship.by_viewer & Kind.FOLLOW):\n            continue",
        "):\n            continue",
        _RULES,
    ),
    _find(
        "what does not match any more is left out",
        "        if why is not None or is_named:\n            found",
        "        if True:\n            found",
        _RULES,
    ),
    _find("the exact username comes first", "            user.username != wording.username,\n", "", _RULES),
    _find(
        "whom one follows comes first",
        "            not user.relationship.by_viewer & Kind.FOLLOW,\n",
        "",
        "test_whom_one_follows_comes_first_then_whom_those_follow",
    ),
    _find(
        "then whom those follow",
        "            not friends.get(user.id),\n",
        "",
        "test_whom_one_follows_comes_first_then_whom_those_follow",
    ),
    _find(
        "a place without a post for the viewer is not found",
        "                AND u.id <> ALL ((SELECT people FROM blocks)::bigint[])\n",
        "",
        "tests/search/test_finding.py::test_places_of_people_across_a_block_are_left_out",
    ),
    _find(
        "private accounts are not found by their beginnings while the engine is away",
        "AND (NOT is_private OR username = $2)",
        "AND ($2 <> '' OR true)",
        "tests/search/test_finding.py::test_private_and_inactive_accounts_are_not_found_by_the"
        "ir_beginnings_while_the_engine_is_away",
    ),
    _find(
        "inactive accounts are not found while the engine is away",
        "WHERE username LIKE $1 AND status = 'ACTIVE' AND",
        "WHERE username LIKE $1 AND",
        "tests/search/test_finding.py::test_private_and_inactive_accounts_are_not_found_by_the"
        "ir_beginnings_while_the_engine_is_away",
    ),
    _find(
        "a pattern is no pattern of the database",
        'text.replace("\\\\", "\\\\\\\\").replace("%", "\\\\%").replace("_", "\\\\_") + "%"',
        'text + "%"',
        "tests/search/test_finding.py::test_beginnings_are_taken_literally",
    ),
    _find(
        "pages by time have no typos",
        "words = tuple(replace(word, typos=0) for word in query.words)",
        "words = query.words",
        "tests/search/test_finding.py::test_pages_by_time_neither_skip_nor_repeat_posts_where_others_match_with_typos",
    ),
    _find(
        "the exact username is among many more popular ones",
        "found, others = [*named, *hits.ids[:limit]], [*hits.ids[limit:], *private]",
        "found, others = [*hits.ids[:limit]], [*hits.ids[limit:], *private]",
        "tests/search/test_finding.py::test_exact_username_is_among_many_who_are_more_popular",
    ),
    in_file("domain/accounts/reads.py", "tests/journeys/test_search.py")(
        "what the engine finds passes the rules",
        "return privacy.visible_people([found.get(id) for id in ids])",
        "return [found.get(id) for id in ids]",
        "test_who_blocks_or_is_gone_is_not_found",
    ),
    _resolve(
        "posts of private accounts are not searched",
        "        if row and author and not author.is_private\n",
        "        if row and author\n",
        "test_posts_of_private_accounts_are_not_searched",
    ),
    _resolve(
        "a cursor of another query is refused",
        '(f"search {name}", each.query, *scope)',
        '(f"search {name}", *scope)',
        "test_queries_that_are_too_long_and_foreign_cursors_are_refused",
    ),
    _resolve(
        "a cursor of posts of another query is refused",
        '("search posts", each.query, *scope)',
        '("search posts", *scope)',
        "test_cursor_of_posts_is_of_one_query_and_order",
    ),
    _resolve(
        "a cursor of posts is of one order",
        'scope = (order, since.isoformat() if since else "")',
        "scope = ()",
        "test_cursor_of_posts_is_of_one_query_and_order",
    ),
    _resolve(
        "for an account that is hidden nobody exists",
        "return Search(found) if found and await is_there(context) else None",
        "return Search(found) if found else None",
        "test_deactivated_viewer_finds_nobody",
    ),
    _resolve(
        "hashtags without a post for the viewer are left out",
        "        for row, count in zip(rows, counts, strict=True)\n        if count\n",
        "        for row, count in zip(rows, counts, strict=True)\n",
        "test_hashtag_without_a_post_for_the_viewer_is_not_found",
    ),
]
