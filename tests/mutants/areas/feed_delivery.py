"""How posts get into feeds."""

from tests.mutants.mutant import in_file

_BARRIERS = "tests/feed/test_barriers.py"
_fanout = in_file("domain/feed/fanout.py", _BARRIERS)
_mode = in_file("domain/feed/delivery_mode.py", _BARRIERS)
_reads = in_file("domain/feed/reads.py", "tests/journeys/test_paging.py")
_graph = in_file("domain/graph/reads.py", _BARRIERS)

MUTANTS = [
    _fanout(
        "a post is pushed to followers",
        "                await self.timeline.push(keys, [found])\n",
        "",
        "tests/journeys/test_path.py::test_following_brings_posts_in_and_unfollowing_takes_them_out",
        "test_publishing_meets_a_follow",
    ),
    _fanout(
        "a post that was deleted meanwhile is taken out again",
        "if found is None or await place(self.db, event.post_id) is None:",
        "if found is None:",
        "test_deleting_meets_a_fan_out",
    ),
    _fanout(
        "a deleted post is taken out of all sets",
        "            await self.timeline.remove(keys, [event.post_id])\n",
        "",
        "test_deleted_post_leaves_all_sets",
    ),
    _fanout(
        "a post is in its author's own set",
        "keys = [] if event.after else [of_reader(event.author_id)]",
        "keys = []",
        "test_a_fan_out_goes_on_where_it_was_left",
        "tests/feed/test_barriers.py::test_publisher_has_the_post_in_the_own_set",
    ),
    _fanout(
        "a fan-out goes on where it was left",
        "after = last if len(readers) == self.chunk else 0",
        "after = 0",
        "test_a_fan_out_goes_on_where_it_was_left",
    ),
    _fanout(
        "an old set of an author is dropped when posts are pulled again",
        "            await self.timeline.forget(of_author(event.author_id))\n",
        "            pass\n",
        "test_a_set_from_before_is_dropped_when_an_author_is_pulled_again",
    ),
    _fanout(
        "a fan-out starts again if the delivery mode has changed",
        "        return (\n            event\n            if event.is_fanout_on_read == is_fanout_on_read\n",
        "        return (\n            event\n            if True\n",
        "test_a_fan_out_begins_anew_where_the_way_has_changed",
    ),
    _fanout(
        "posts of an author who is pulled go to the readers who cannot pull more",
        "if event.is_fanout_on_read:\n"
        "                readers = await delivery_mode.fanout_exceptions_after(self.db, "
        "event.author_id, after, self.chunk)",
        "if event.is_fanout_on_read:\n                readers = []",
        "test_who_pulls_as_many_as_they_may_is_pushed_to",
    ),
    _mode(
        "an author is pulled from the limit on",
        '(limit * _DOWN if record["is_pulled"] else limit)',
        '(limit * _DOWN if record["is_pulled"] else limit + 1)',
        "test_the_limit_is_crossed_at_the_limit_and_back_at_four_fifths",
    ),
    _mode(
        "an author is pushed again at four fifths of the limit",
        "_DOWN = 0.8",
        "_DOWN = 1",
        "test_the_limit_is_crossed_at_the_limit_and_back_at_four_fifths",
    ),
    _mode(
        "followers' sets follow the new way of delivery",
        "            await events.record(tx, events.FanoutModeChanged(author_id), author_id)",
        "            pass",
        "test_change_of_delivery_is_recorded_once",
    ),
    _mode(
        "a change of mind meanwhile is looked at again",
        "        if await _seen(db, author_id, readers) == seen:\n            return",
        "        return",
        "test_an_unfollow_meets_a_new_follow",
        "test_an_author_turns_back_while_sets_are_turned",
    ),
    _mode(
        "a new follower gets the newest posts",
        "        await timeline.merge(list(map(of_reader, pushed)), newest)\n",
        "        pass\n",
        "test_publishing_meets_a_follow",
    ),
    _mode(
        "who unfollows loses the posts",
        "        await timeline.remove(list(map(of_reader, readers)), [id for _, id in newest])",
        "",
        "test_posts_of_an_author_who_is_not_wanted_leave_the_set",
    ),
    _mode(
        "who is pushed to is not pulled",
        "    if not is_fanout_on_read:\n        await _neither(db, timeline, author_id, readers)\n",
        "",
        "test_who_is_pulled_no_longer_is_not_read_from_an_old_set",
    ),
    _mode(
        "who pulls too many is pushed to",
        "        await _add_fanout_exceptions(db, [(author_id, reader) for reader in pushed])\n",
        "",
        "test_who_pulls_as_many_as_they_may_is_pushed_to",
    ),
    _graph(
        "a muted author's posts are not wanted",
        "GROUP BY 1 HAVING bit_or(kind) & {Kind.FOLLOW | Kind.MUTE:d} = {Kind.FOLLOW:d}",
        "GROUP BY 1 HAVING bit_or(kind) & {Kind.FOLLOW:d} <> 0",
        "test_what_somebody_muted_or_gone_publishes_does_not_crowd_out_the_rest",
        "tests/feed/test_barriers.py::test_posts_of_an_author_who_is_not_wanted_leave_the_set",
    ),
    _graph(
        "posts are not pushed to those who mute the author",
        "AND kind = {Kind.MUTE:d}\n        ) ORDER BY id LIMIT $3",
        "AND kind = 0\n        ) ORDER BY id LIMIT $3",
        "test_what_somebody_muted_or_gone_publishes_does_not_crowd_out_the_rest",
    ),
    _graph(
        "a cold feed leaves muted authors out",
        '    EXCEPT SELECT to_id FROM relations WHERE from_id = {reader} AND kind = {Kind.MUTE:d}"""',
        '    """',
        "tests/domain/test_feed_reads.py::test_feed_is_read_of_whom_the_reader_wants",
    ),
    _reads(
        "a cold feed leaves inactive authors out",
        " WHERE (SELECT status FROM users WHERE id = w.id) = 'ACTIVE'",
        "",
        "tests/domain/test_feed_reads.py::test_feed_is_read_of_whom_the_reader_wants",
    ),
    _reads(
        "a set has the posts of people who may come back",
        "return await _newest(db, _FOR_SET, reader_id, None, limit)",
        "return await _newest(db, _WANTED, reader_id, None, limit)",
        "tests/domain/test_feed_reads.py::test_feed_is_read_of_whom_the_reader_wants",
    ),
    _reads(
        "a feed is ordered by the instant of publication, newest first",
        ") p ORDER BY p.published_at DESC, p.id DESC LIMIT $4",
        ") p ORDER BY p.published_at, p.id LIMIT $4",
        "test_a_feed_is_paged_the_same_warm_and_cold",
    ),
    _reads(
        "a cold page begins behind its cursor",
        "(published_at, id) < ($2, $3)",
        "(published_at, id) <= ($2, $3)",
        "test_a_feed_is_paged_the_same_warm_and_cold",
    ),
    _reads(
        "a page has whom the reader follows and the reader",
        "SELECT $1::bigint UNION ALL ({graph.wanted('$1')})",
        "SELECT 0::bigint UNION ALL ({graph.wanted('$1')})",
        "tests/journeys/test_feed.py::test_why_a_post_is_there",
    ),
    _reads(
        "a post that is not published is nowhere",
        "return (epoch_ms(published_at), post_id) if published_at else None",
        "return (epoch_ms(published_at or datetime.now(UTC)), post_id)",
        "tests/domain/test_publication.py::test_a_post_is_deleted_in_the_middle_of_its_fan_out",
    ),
]
