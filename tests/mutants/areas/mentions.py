"""Tags and mentions."""

from tests.mutants.mutant import in_file

_notify = in_file("domain/notifications/notify.py", "tests/journeys/test_named.py")
_tags = in_file("domain/posts/tags.py", "tests/journeys/test_named.py")
_captions = in_file("domain/captions.py", "tests/journeys/test_named.py")

MUTANTS = [
    _tags(
        "people remove tags of themselves alone",
        "AND t.upload_id = a.upload_id AND t.user_id = $2",
        "AND t.upload_id = a.upload_id AND $2::bigint > 0",
        "test_people_remove_tags_of_themselves",
    ),
    _tags(
        "a removed tag is not notified",
        "            await events.record(tx, events.MentionsChanged(post_id), post_id)\n",
        "            pass\n",
        "test_people_remove_tags_of_themselves",
    ),
    _tags(
        "nobody is tagged by who cannot see their content",
        "elif not privacy.sees_content(user):",
        "elif False:",
        "tests/journeys/test_posts.py::test_people_in_pictures",
        "tests/journeys/test_posts.py::test_a_private_person_may_be_tagged_by_followers",
    ),
    _captions(
        "a mention that was left does not come back",
        "user_ids = [id for id in user_ids if id not in removed]",
        "pass",
        "test_an_edit_does_not_mention_again_who_has_left",
    ),
    _captions(
        "a mention that was left is kept as left",
        'await tx.execute("DELETE FROM mentions WHERE source_id = $1 AND NOT is_removed", source_id)',
        'await tx.execute("DELETE FROM mentions WHERE source_id = $1", source_id)',
        "test_an_edit_does_not_mention_again_who_has_left",
    ),
    _captions(
        "a removed mention is not notified",
        "            await events.record(tx, events.MentionsChanged(source_id), source_id)\n",
        "            pass\n",
        "test_people_leave_mentions",
    ),
    _captions(
        "an edit notifies those newly mentioned",
        "tuple(id for id in user_ids if id not in before)",
        "()",
        "test_an_edit_tells_those_it_mentions_for_the_first_time_once",
    ),
    _notify(
        "an edit takes back what others were told",
        "        post_id = event.source_id\n        await self._withdraw_unnamed(post_id)\n",
        "        post_id = event.source_id\n",
        "test_an_edit_takes_back_what_those_were_told_who_are_not_mentioned_any_more",
    ),
    _notify(
        "an edit tells nobody who may not see the post",
        "if user_id != author_id and await self._may_see(user_id, author_id, author_id):",
        "if user_id != author_id:",
        "test_an_edit_tells_nobody_who_may_not_see_the_post",
    ),
    _notify(
        "nobody is told that they mention themselves",
        "if user_id != author_id and await self._may_see(user_id, author_id, author_id):",
        "if await self._may_see(user_id, author_id, author_id):",
        "test_an_edit_tells_nobody_who_may_not_see_the_post",
    ),
    _notify(
        "a comment that the owner's block hides notifies nobody",
        "if comment is None or comment.is_author_blocked:",
        "if comment is None:",
        "tests/domain/test_notify.py::test_comment_that_the_owner_hides_notifies_nobody",
    ),
    _notify(
        "a comment notifies those who may see it",
        "            if await self._may_see(user_id, author_id, comment.author_id):\n"
        "                await self._deliver",
        "            if True:\n                await self._deliver",
        "tests/journeys/test_notifications.py::test_who_is_muted_or_blocked_is_not_heard",
        "tests/domain/test_notify.py::test_comment_is_told_to_those_who_may_see_it",
    ),
    _notify(
        "a withdrawn like is not notified",
        "        if over := [source for source in told if source != current]:\n"
        "            await self._withdraw(over)\n",
        "",
        "tests/journeys/test_notifications.py::test_likes_come_together",
    ),
]
