"""The cached heads of feeds."""

from tests.mutants.mutant import in_file

_timeline = in_file("domain/feed/timeline.py", "tests/domain/test_timeline.py")

MUTANTS = [
    _timeline(
        "a set that does not exist takes nothing",
        "local floor = redis.call('ZSCORE', key, '{FLOOR}')\nif not floor then return 0 end",
        "local floor = redis.call('ZSCORE', key, '{FLOOR}') or '0'",
        "test_no_set_answers_nothing_and_takes_nothing",
    ),
    _timeline(
        "a set under construction answers nothing",
        "if not floor or floor == 'inf' then return {{}} end",
        "if not floor then return {{}} end",
        "test_a_set_under_construction_answers_no_page_at_all",
    ),
    _timeline(
        "a set lives on when it is read",
        "redis.call('EXPIRE', key, {TTL_S})\nreturn {{",
        "return {{",
        "test_a_set_lives_on_when_it_is_read",
    ),
    _timeline(
        "a place at the cursor is not shown again",
        "places = [place for place in places if place < after]",
        "places = [place for place in places if place <= after]",
        "test_ties_are_ordered_by_id_and_cursors_stand_between_them",
    ),
    _timeline(
        "more ties than are fetched at once are all found",
        "if len(head.places) >= limit or not answer or len(answer[2]) < 2 * count:",
        "if True:",
        "test_more_ties_than_are_fetched_at_once",
    ),
    _timeline(
        "what is not above the floor is the database's",
        "if building or tonumber(ARGV[i]) > tonumber(floor) then",
        "if true then",
        "test_what_is_not_above_the_floor_is_the_databases",
    ),
    _timeline(
        "a full set is trimmed",
        "if pushed > 0 and not building then trim(key, floor, tonumber(ARGV[1])) end",
        "",
        "test_a_full_set_raises_its_floor",
    ),
    _timeline(
        "trimming raises the floor",
        "    redis.call('ZADD', key, lowest[2], '{FLOOR}')\n  end\nend",
        "  end\nend",
        "test_a_full_set_raises_its_floor",
    ),
    _timeline(
        "authors to be merged take no place of posts",
        "local count = redis.call('ZCOUNT', key, '(' .. floor, '+inf')",
        "local count = redis.call('ZCARD', key)",
        "test_authors_that_are_merged_take_no_place_of_posts",
    ),
    _timeline(
        "a floor with ties stays honest",
        "redis.call('ZREMRANGEBYSCORE', key, 0, lowest[2])",
        "redis.call('ZREM', key, lowest[1])",
        "test_a_full_set_with_ties_at_its_floor_stays_honest",
    ),
    _timeline(
        "what is pushed while a set is rebuilt is kept",
        "local pushed = 0\nfor i",
        "local pushed = 0\nif building then return 1 end\nfor i",
        "test_what_is_pushed_while_a_set_is_rebuilt_is_kept",
    ),
    _timeline(
        "one rebuild at a time",
        "if redis.call('EXISTS', key) == 1 then return 0 end",
        "",
        "test_what_is_pushed_while_a_set_is_rebuilt_is_kept",
    ),
    _timeline(
        "only the rebuild that began a set finishes it",
        "if redis.call('ZREM', key, ARGV[1]) == 0 then return 0 end",
        "redis.call('ZREM', key, ARGV[1])",
        "test_an_unfinished_rebuild_does_not_last",
    ),
    _timeline(
        "an unfinished rebuild ends after a minute",
        "redis.call('EXPIRE', key, {BUILD_SECONDS})",
        "",
        "test_an_unfinished_rebuild_does_not_last",
    ),
    _timeline(
        "a reader merges at most 50 authors",
        "if redis.call('ZCOUNT', key, {PULL}, {PULL}) >= tonumber(ARGV[2]) then return 0 end",
        "",
        "test_a_reader_pulls_so_many_and_no_more",
    ),
    _timeline(
        "a merge of a full page leaves a hole below",
        "newest[-1][0] if len(newest) >= self.capacity else 0)",
        "0)",
        "test_a_followee_with_more_than_fits_leaves_no_hole",
    ),
    _timeline(
        "a rebuild that cannot know of a hole starts again",
        "if building and hole > 0 then return redis.call('DEL', key) end",
        "",
        "test_a_merge_too_large_for_a_set_under_construction_has_it_begun_anew",
    ),
    _timeline(
        "removed posts leave the rest",
        "pipe.zrem(key, *map(_member, post_ids))",
        "pipe.delete(key)",
        "test_removed_posts_leave_the_rest",
    ),
]
