"""Relationship locks."""

from tests.mutants.mutant import in_file

_locks = in_file("domain/graph/locks.py", "tests/domain/test_privacy.py")
_likes = in_file("domain/likes/actions.py", "tests/journeys/test_barriers.py")
_MEETS = "tests/journeys/test_barriers.py::test_what_meets_a_block_in_flight_is_not_done"

MUTANTS = [
    _locks(
        "a write stops where the relationship has changed",
        "        raise RelationshipChanged",
        "        pass",
        "test_lock_raises_where_relationships_have_changed",
    ),
    _locks(
        "the lock compares what the viewer did",
        "[user.relationship.by_viewer for user in users]",
        "[user.relationship.of_viewer for user in users]",
        "test_arguments_of_the_lock_are_the_relationships_that_were_read",
    ),
    _locks(
        "the lock compares what was done to the viewer",
        "[user.relationship.of_viewer for user in users]",
        "[0 for user in users]",
        "test_arguments_of_the_lock_are_the_relationships_that_were_read",
    ),
    _likes(
        "a like meets a block",
        '    if not written["held"]:\n        raise RelationshipChanged\n',
        "",
        _MEETS + "[likePost]",
    ),
    _likes(
        "a like is not written across a block",
        "WHERE s.id = $6 AND held.held",
        "WHERE s.id = $6",
        _MEETS + "[likePost]",
        _MEETS + "[likeComment]",
    ),
    in_file("domain/posts/saves.py", "")(
        "a save meets a block", "        raise RelationshipChanged", "        pass", _MEETS + "[savePost]"
    ),
    in_file("domain/posts/saves.py", "")(
        "a save is not written across a block",
        "WHERE p.id = $6 AND held.held",
        "WHERE p.id = $6",
        _MEETS + "[savePost]",
    ),
    in_file("domain/comments/actions.py", "")(
        "a comment meets a block",
        "await lock_relationships(tx, viewer_id, *(user for user in (author, parent_author) if user))",
        "pass",
        _MEETS + "[addComment]",
    ),
    in_file("domain/comments/actions.py", "")(
        "a reply meets a block",
        "*(user for user in (author, parent_author) if user))",
        "*(user for user in (author,) if user))",
        "tests/journeys/test_barriers.py::test_reply_meets_a_block_by_the_author_of_the_comment",
    ),
    in_file("domain/relationships.py", "tests/journeys/test_barriers.py")(
        "who has gone private meanwhile is asked",
        "kind = Kind.REQUEST if private else Kind.FOLLOW",
        "kind = Kind.REQUEST if user.is_private else Kind.FOLLOW",
        "test_going_private_meets_a_follow",
    ),
    in_file("domain/relationships.py", "tests/journeys/test_barriers.py")(
        "a follow meets a block",
        "await lock_relationships(tx, viewer_id, user)\n        if user.relationship.by_viewer & Kind.FOLLOW:",
        "if user.relationship.by_viewer & Kind.FOLLOW:",
        _MEETS + "[follow]",
    ),
    in_file("domain/relationships.py", "tests/journeys/test_people.py")(
        "a block ends follows in both directions",
        "        await _change(tx, user.id, viewer_id, of_viewer, remove=_BONDS)\n",
        "",
        "tests/domain/test_relationships.py::test_block_ends_all_that_binds_the_two",
    ),
    in_file("domain/relationships.py", "tests/journeys/test_people.py")(
        "a block ends close friendship",
        "_BONDS = _FOLLOW | Kind.CLOSE_FRIEND",
        "_BONDS = _FOLLOW",
        "tests/domain/test_relationships.py::test_block_ends_all_that_binds_the_two",
    ),
    in_file("domain/viewer/viewer.py", "tests/journeys/test_at_once.py")(
        "lock contention is retried",
        "MAX_ATTEMPTS = 30",
        "MAX_ATTEMPTS = 1",
        "test_who_changes_their_mind_many_times_at_once_is_never_refused",
    ),
]
