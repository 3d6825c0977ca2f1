"""Pages of the home feed."""

from tests.mutants.mutant import in_file

_home = in_file("domain/feed/home.py", "tests/journeys/test_feed.py")

MUTANTS = [
    _home(
        "posts of people who are not wanted any more are left out",
        "post if post is not None and post.author_id in wanted else None",
        "post",
        "tests/journeys/test_paging.py::test_an_unfollowed_author_is_gone_at_once_and_the_cursor_goes_on",
    ),
    _home(
        "what the sets cannot answer the database does",
        "if len(places) < limit and floor > 0:",
        "if False:",
        "tests/journeys/test_paging.py::test_a_feed_is_paged_the_same_warm_and_cold",
    ),
    _home(
        "the database goes on below the floor of the sets",
        "below = top if after is None else min(after, top)",
        "below = after",
        "tests/journeys/test_paging.py::test_a_feed_is_paged_the_same_warm_and_cold",
    ),
    _home(
        "a missing set is rebuilt",
        '            self._background.spawn(self._rebuild(reader_id), "feed rebuild")\n        elif',
        "            pass\n        elif",
        "tests/feed/test_barriers.py::test_who_comes_back_is_in_the_sets_that_were_made_meanwhile",
    ),
    _home(
        "a set answers until there is capacity to rebuild it",
        "                if replaces:\n"
        "                    await self._timeline.forget(of_reader(owner_id))\n"
        "                await build",
        "                await build",
        "tests/feed/test_barriers.py::test_a_thin_set_is_replaced",
    ),
    _home(
        "a thin set is not dropped before there is capacity",
        "        try:\n"
        "            async with self._cold.enter(Priority.HIGH):\n"
        "                if replaces:\n"
        "                    await self._timeline.forget(of_reader(owner_id))\n",
        "        try:\n"
        "            if replaces:\n"
        "                await self._timeline.forget(of_reader(owner_id))\n"
        "            async with self._cold.enter(Priority.HIGH):\n",
        "tests/feed/test_barriers.py::test_a_thin_set_answers_until_there_is_capacity_to_rebuild_it",
    ),
    _home(
        "cold queries are bounded",
        "COLD_QUERIES = 4",
        "COLD_QUERIES = 40",
        "tests/shedding/test_overload.py::test_feeds_without_a_set_run_four_queries_at_a_time",
    ),
    _home(
        "the floor of a merged author counts",
        "            floor = max(floor, level)\n",
        "",
        "tests/feed/test_barriers.py::test_older_posts_of_a_hot_author_are_the_databases_to_answer",
    ),
    _home(
        "a ranked page goes on behind its place",
        "return await go_on(place + 1, limit)",
        "return await go_on(place, limit)",
        "test_every_cursor_goes_on_behind_its_own_post",
    ),
    _home(
        "a ranked feed is followed by the rest",
        "if len(found) < limit and not shown.is_all:",
        "if False:",
        "test_what_was_ranked_is_followed_by_all_the_rest",
    ),
    _home(
        "an expired walk goes on by time",
        "            return await below((ms, id), limit)\n\n        async def go_on",
        "            return []\n\n        async def go_on",
        "test_an_expired_walk_goes_on_by_time_and_repeats_nothing",
    ),
    _home(
        "posts that are gone are cleared from a set",
        'self._background.spawn(clearing, "clearing of a set")',
        "clearing.close()",
        "tests/feed/test_barriers.py::test_a_set_full_of_posts_that_are_gone_is_ranked_and_cleared",
    ),
    _home(
        "one's own posts say so",
        "    if post.author_id == reader_id:\n        return OWN\n",
        "",
        "test_why_a_post_is_there",
    ),
    in_file("domain/feed/snapshots.py", "tests/journeys/test_feed.py")(
        "a walk goes on by time below the earliest shown post",
        "        low = min(low, place)\n",
        "        low = place\n",
        "test_an_expired_walk_goes_on_by_time_and_repeats_nothing",
    ),
    in_file("domain/order_snapshots.py", "tests/journeys/test_feed.py")(
        "four walks are kept at a time", "MAX_SNAPSHOTS = 4", "MAX_SNAPSHOTS = 1", "test_four_walks_at_a_time_are_kept"
    ),
    in_file("domain/feed/hot_author_cache.py", "tests/domain/test_hot_author_cache.py")(
        "sets of hot authors are fetched again",
        "if age[author] < USABLE_SECONDS}",
        "if age[author] < math.inf}",
        "test_sets_are_used_for_ten_seconds_and_fetched_again_after_two",
    ),
    in_file("domain/feed/hot_author_cache.py", "tests/domain/test_hot_author_cache.py")(
        "sets of hot authors are refreshed beside",
        "FRESH_SECONDS <= age[author] < USABLE_SECONDS",
        "False",
        "test_sets_are_used_for_ten_seconds_and_fetched_again_after_two",
    ),
    in_file("domain/feed/hot_author_cache.py", "tests/domain/test_hot_author_cache.py")(
        "a set that does not exist is not kept",
        "            if kept[1] < math.inf:\n                self",
        "            if True:\n                self",
        "test_missing_set_is_not_kept",
    ),
    in_file("domain/feed/hot_author_cache.py", "tests/domain/test_hot_author_cache.py")(
        "the cache is bounded", "while len(self._kept) > MAX_CACHED_AUTHORS:", "while False:", "test_cache_is_bounded"
    ),
    in_file("domain/feed/hot_author_cache.py", "tests/domain/test_hot_author_cache.py")(
        "merged places are above the floor", "wanted = ms > floor", "wanted = ms > 0", "test_newest_of_several_parts"
    ),
    in_file("domain/feed/hot_author_cache.py", "tests/domain/test_hot_author_cache.py")(
        "merged places are beyond the cursor",
        "((ms == after[0]) & (ids < after[1]))",
        "(ms == after[0])",
        "test_newest_of_several_parts",
    ),
    in_file("domain/feed/hot_author_cache.py", "tests/domain/test_hot_author_cache.py")(
        "a post in two parts comes once",
        "sorted(set(map(tuple, places.tolist())), reverse=True)[:limit]",
        "sorted(map(tuple, places.tolist()), reverse=True)[:limit]",
        "test_newest_of_several_parts",
    ),
]
