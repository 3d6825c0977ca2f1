"""Withdrawals, blocks, and counts that agree with lists."""

from tests.mutants.mutant import in_file

_comments = in_file("domain/comments/actions.py", "tests/journeys/test_withdrawals.py")
_reads = in_file("domain/comments/reads.py", "tests/journeys/test_withdrawals.py")
_posts = in_file("domain/posts/reads.py", "tests/journeys/test_hidden.py")
_accounts = in_file("domain/accounts/reads.py", "tests/journeys/test_hidden.py")
_likes = in_file("domain/likes/actions.py", "tests/journeys/test_withdrawals.py")
_saves = in_file("domain/posts/saves.py", "tests/journeys/test_withdrawals.py")
_relations = in_file("domain/relationships.py", "tests/journeys/test_withdrawals.py")
_OWN = "test_what_is_ones_own_is_withdrawn_from_a_post_that_is_hidden"
_BLOCKED = "test_likes_and_follows_of_a_blocked_person_are_not_shown_to_the_blocker"

MUTANTS = [
    _comments(
        "the owner of a post can delete every comment under it",
        "return comment if owners is not None and viewer_id in tuple(owners) else None",
        "return comment if owners is not None and viewer_id == owners[0] else None",
        "test_the_owner_of_a_post_can_delete_what_they_do_not_see",
    ),
    _comments(
        "people can delete what they said",
        "return comment if owners is not None and viewer_id in tuple(owners) else None",
        "return comment if owners is not None and viewer_id == owners[1] else None",
        _OWN,
    ),
    _comments(
        "others can delete nothing",
        "return comment if owners is not None and viewer_id in tuple(owners) else None",
        "return comment if owners is not None else None",
        _OWN,
    ),
    _likes(
        "a like of nobody's is not withdrawn",
        "AND l.subject_id = s.id AND l.user_id = $1",
        "AND l.subject_id = s.id AND $1::bigint > 0",
        "test_what_others_like_stays_when_somebody_withdraws",
    ),
    _likes(
        "a like is withdrawn",
        "DELETE FROM likes l USING {{table}} s WHERE s.id = $3",
        "DELETE FROM likes l USING {{table}} s WHERE s.id = -$3",
        _OWN,
    ),
    _saves("who kept nothing withdraws nothing", 'return status != "DELETE 0"', "return True", _OWN),
    _reads(
        "comments of people whom the owner blocks are known as such",
        "WHERE p.id = c.post_id AND r.to_id = c.author_id AND r.kind",
        "WHERE false AND p.id = c.post_id AND r.to_id = c.author_id AND r.kind",
        "test_comments_of_whom_the_owner_blocks_are_hidden_from_everybody",
    ),
    _posts(
        "comments of people whom the owner blocks are not counted",
        '           || ARRAY({graph.blocked("(SELECT author_id FROM posts WHERE id = s.id)")}) AS authors OFFSET 0',
        "           AS authors OFFSET 0",
        "tests/journeys/test_withdrawals.py::test_comments_of_whom_the_owner_blocks_are_hidden_from_everybody",
    ),
    _posts(
        "replies to hidden comments are not counted",
        "SELECT count(*) + coalesce(sum((",
        "SELECT count(*) + 0 * coalesce(sum((",
        "tests/journeys/test_withdrawals.py::test_comments_of_whom_the_owner_blocks_are_hidden_from_everybody",
    ),
    _posts(
        "likes across a block are not counted",
        '{likes_of("s.id", "(SELECT people FROM blocks)::bigint[]")} AS hidden_likes',
        "0 AS hidden_likes",
        _BLOCKED,
    ),
    in_file("domain/likes/reads.py", "")(
        "likes that are not counted are hidden once",
        "AND user_id = p.id AND is_counted OFFSET 0",
        "AND user_id = p.id OFFSET 0",
        "tests/domain/test_counters.py::test_uncounted_like_across_a_block_is_hidden_once",
    ),
    in_file("domain/graph/reads.py", "tests/journeys/test_hidden.py")(
        "a block is a block from either side",
        'return f"({blockers(person)}) UNION ({blocked(person)})"',
        'return f"({blockers(person)})"',
        _BLOCKED,
    ),
    _accounts(
        "followers across a block are not counted",
        "AND from_id = ANY((SELECT by || of FROM blocks)::bigint[])),",
        "AND from_id = ANY((SELECT by FROM blocks)::bigint[])),",
        _BLOCKED,
    ),
    _relations(
        "a block ends story notifications with the follow",
        "_FOLLOW = Kind.FOLLOW | Kind.REQUEST | Kind.STORY_NOTIFICATIONS",
        "_FOLLOW = Kind.FOLLOW | Kind.REQUEST",
        "tests/journeys/test_story_notifications.py::test_a_bell_ends_with_the_follow",
    ),
    _relations(
        "a blocked person is not followed before they are unblocked",
        "    if user.viewer_has_blocked:\n"
        '        raise mistake("NOT_ALLOWED", "You have blocked this user. Unblock them '
        'first.", "userId")\n'
        "    async with db.acquire()",
        "    async with db.acquire()",
        "tests/journeys/test_people.py::test_a_block_hides_both_from_each_other",
        "tests/journeys/test_hidden.py::test_the_blocker_sees_a_profile_without_content",
    ),
    _relations(
        "nobody blocks themselves",
        '    _not_oneself(user, "block yourself")\n',
        "",
        "tests/journeys/test_people.py::test_nobody_relates_to_themselves_or_to_nobody",
    ),
    _relations(
        "only a request is accepted",
        "        elif not of_viewer & Kind.FOLLOW:\n",
        "        elif False:\n",
        "tests/journeys/test_people.py::test_a_private_account_is_asked",
    ),
    _relations(
        "an account that went private again accepts nobody",
        '            if await tx.fetchval("SELECT is_private FROM users WHERE id = $1 FOR '
        'SHARE", user_id):\n'
        "                return False\n",
        "",
        "tests/domain/test_relationships.py::test_account_that_has_gone_private_meanwhile_accepts_nobody",
    ),
]
