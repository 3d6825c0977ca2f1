"""Privacy: who may know of whom, read and want whose content."""

from tests.mutants.mutant import in_file

_rule = in_file("domain/privacy.py", "tests/domain/test_privacy.py")

MUTANTS = [
    _rule(
        "an inactive account exists for nobody",
        'user.status == "ACTIVE" and relationship.viewer_active',
        "relationship.viewer_active",
        "test_inactive_accounts_exist_for_nobody_and_see_nobody",
    ),
    _rule(
        "an inactive viewer sees nobody",
        "and relationship.viewer_active and not",
        "and not",
        "test_inactive_accounts_exist_for_nobody_and_see_nobody",
    ),
    _rule(
        "a blocked user sees nothing of the blocker",
        " and not relationship.of_viewer & Kind.BLOCK",
        "",
        "test_only_a_block_of_the_viewer_hides_a_user",
    ),
    _rule(
        "nobody interacts with somebody they may not know of",
        "return sees_profile(user) and not user.relationship",
        "return not user.relationship",
        "test_only_a_block_of_the_viewer_hides_a_user",
    ),
    _rule(
        "the blocker does not read what the blocked person says",
        "return sees_profile(user) and not user.relationship.by_viewer & Kind.BLOCK",
        "return sees_profile(user)",
        "test_what_each_relationship_of_the_viewer_allows",
    ),
    _rule(
        "content is hidden across a block",
        "return can_interact(user) and bool(user.relationship",
        "return bool(user.relationship",
        "test_what_each_relationship_of_the_viewer_allows",
    ),
    _rule(
        "people see their own private content",
        "bool(user.relationship.is_viewer or not user.is_private",
        "bool(not user.is_private",
        "test_viewer_sees_own_content",
    ),
    _rule(
        "public content is for everybody",
        "is_viewer or not user.is_private or follows",
        "is_viewer or follows",
        "test_what_each_relationship_of_the_viewer_allows",
    ),
    _rule(
        "private content is hidden from strangers",
        "is_viewer or not user.is_private or follows",
        "is_viewer or True or follows",
        "test_what_each_relationship_of_the_viewer_allows",
    ),
    _rule(
        "private content is for followers",
        "not user.is_private or follows)",
        "not user.is_private)",
        "test_what_each_relationship_of_the_viewer_allows",
    ),
    _rule(
        "a follow request is no follow",
        "follows = user.relationship.by_viewer & Kind.FOLLOW",
        "follows = user.relationship.by_viewer & (Kind.FOLLOW | Kind.REQUEST)",
        "test_unpublished_posts_are_visible_to_their_author_only",
    ),
    _rule(
        "the viewer's follow decides, not the one of the viewer",
        "follows = user.relationship.by_viewer & Kind.FOLLOW",
        "follows = user.relationship.of_viewer & Kind.FOLLOW",
        "test_what_each_relationship_of_the_viewer_allows",
    ),
    _rule(
        "people have their own posts in their feed",
        "return relationship.is_viewer or bool(\n",
        "return bool(\n",
        "test_viewer_sees_own_content",
    ),
    _rule(
        "a feed has the posts of followees only",
        "relationship.by_viewer & Kind.FOLLOW and not relationship.by_viewer & Kind.MUTE",
        "not relationship.by_viewer & Kind.MUTE",
        "test_what_each_relationship_of_the_viewer_allows",
    ),
    _rule(
        "a muted person is not in the feed",
        "relationship.by_viewer & Kind.FOLLOW and not relationship.by_viewer & Kind.MUTE",
        "relationship.by_viewer & Kind.FOLLOW",
        "test_what_each_relationship_of_the_viewer_allows",
    ),
    _rule(
        "lists of people leave hidden ones out",
        "user if user is not None and sees_profile(user) else None",
        "user if user is not None else None",
        "test_inactive_accounts_exist_for_nobody_and_see_nobody",
        "test_hidden_items_leave_none_in_their_places",
    ),
    _rule(
        "lists of people have nobody in the place of a missing row",
        "user if user is not None and sees_profile(user) else None",
        "user if sees_profile(user) else None",
        "test_hidden_items_leave_none_in_their_places",
    ),
]
