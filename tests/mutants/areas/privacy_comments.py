"""Privacy: comments and replies."""

from tests.mutants.mutant import in_file

_rule = in_file("domain/privacy.py", "tests/domain/test_privacy.py")

MUTANTS = [
    _rule(
        "comments go with their post",
        "if comment is not None and post is not None and author",
        "if comment is not None and author",
        "test_comments_do_not_cross_a_block",
    ),
    _rule(
        "a comment without a visible author is hidden",
        "author is not None and _sees_comment(comment, author)",
        "(author is None or _sees_comment(comment, author))",
        "test_comments_do_not_cross_a_block",
    ),
    _rule(
        "a missing comment is hidden",
        "if comment is not None and post is not None and author",
        "if post is not None and author",
        "test_comments_do_not_cross_a_block",
    ),
    _rule(
        "lists of comments apply the rule",
        "author is not None and _sees_comment(comment, author)",
        "author is not None",
        "test_comments_do_not_cross_a_block",
    ),
    _rule(
        "a reply to a hidden comment is hidden",
        "comment if comment is not None and comment.parent_id in known else None",
        "comment",
        "test_replies_are_hidden_with_their_parent",
    ),
    _rule(
        "a top-level comment has no parent to be hidden by",
        "known = {None, *(",
        "known = {*(",
        "test_comments_do_not_cross_a_block",
        "test_replies_are_hidden_with_their_parent",
    ),
    _rule(
        "a comment is hidden across a block",
        "return can_interact(author) and (author.relationship.is_viewer or not comment",
        "return (author.relationship.is_viewer or not comment",
        "test_comments_do_not_cross_a_block",
    ),
    _rule(
        "the comment of somebody whom the owner of the post blocks is hidden",
        " and (author.relationship.is_viewer or not comment.is_author_blocked)",
        "",
        "test_comments_do_not_cross_a_block",
    ),
    _rule(
        "the author of a comment sees it though the owner of the post blocks them",
        "author.relationship.is_viewer or not comment.is_author_blocked",
        "not comment.is_author_blocked",
        "test_viewer_sees_own_content",
    ),
]
