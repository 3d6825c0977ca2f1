"""Privacy: posts and their media."""

from tests.mutants.mutant import in_file

_rule = in_file("domain/privacy.py", "tests/domain/test_privacy.py")

MUTANTS = [
    _rule(
        "lists of posts apply the rule",
        "author is not None and _sees_post(post, author) else None",
        "author is not None else None",
        "test_hidden_items_leave_none_in_their_places",
    ),
    _rule(
        "a post without a visible author is hidden",
        "author is not None and _sees_post(post, author) else None",
        "(author is None or _sees_post(post, author)) else None",
        "test_hidden_items_leave_none_in_their_places",
    ),
    _rule(
        "a missing post is hidden",
        "post if post is not None and author is not None and _sees_post",
        "post if author is not None and _sees_post",
        "test_hidden_items_leave_none_in_their_places",
    ),
    _rule(
        "posts are content",
        'return sees_content(author) and (post.status == "PUBLISHED" or author.relationship.is_viewer)',
        'return post.status == "PUBLISHED" or author.relationship.is_viewer',
        "test_unpublished_posts_are_visible_to_their_author_only",
    ),
    _rule(
        "unpublished posts are hidden from others",
        ' and (post.status == "PUBLISHED" or author.relationship.is_viewer)',
        "",
        "test_unpublished_posts_are_visible_to_their_author_only",
    ),
    _rule(
        "authors see their unpublished posts",
        'post.status == "PUBLISHED" or author.relationship.is_viewer',
        'post.status == "PUBLISHED"',
        "test_viewer_sees_own_content",
    ),
    _rule(
        "published posts are for others",
        'post.status == "PUBLISHED" or author.relationship.is_viewer',
        "author.relationship.is_viewer",
        "test_unpublished_posts_are_visible_to_their_author_only",
    ),
    _rule(
        "media go with their post",
        "None) if post is not None else None\n        for id, post in zip(media_ids, posts",
        "None)\n        for id, post in zip(media_ids, posts",
        "test_media_are_those_of_visible_posts",
    ),
    _rule(
        "a media ID names one of the media of the post",
        "next((media for media in post.media if media.id == id), None)",
        "next((media for media in post.media), None)",
        "test_media_are_those_of_visible_posts",
    ),
]
