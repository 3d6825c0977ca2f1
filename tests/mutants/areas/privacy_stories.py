"""Privacy: stories and highlights."""

from tests.mutants.mutant import in_file

_rule = in_file("domain/privacy.py", "tests/domain/test_privacy.py")

MUTANTS = [
    _rule(
        "lists of stories apply the rule",
        "author is not None and _sees_story(story, author, now) else None",
        "author is not None else None",
        "test_audience_of_a_story",
    ),
    _rule(
        "a story without a visible author is hidden",
        "author is not None and _sees_story(story, author, now) else None",
        "(author is None or _sees_story(story, author, now)) else None",
        "test_hidden_items_leave_none_in_their_places",
    ),
    _rule(
        "a missing story is hidden",
        "story if story is not None and author is not None",
        "story if author is not None",
        "test_hidden_items_leave_none_in_their_places",
    ),
    _rule(
        "unpublished stories are hidden",
        'story.status == "PUBLISHED" and (story.is_kept',
        "(story.is_kept",
        "test_story_is_visible_for_a_day_or_while_it_is_kept",
    ),
    _rule(
        "a story in a highlight outlives its day",
        "(story.is_kept or now < story.expires_at)",
        "(now < story.expires_at)",
        "test_story_is_visible_for_a_day_or_while_it_is_kept",
    ),
    _rule(
        "a story ends with its day",
        "(story.is_kept or now < story.expires_at)",
        "True",
        "test_story_is_visible_for_a_day_or_while_it_is_kept",
    ),
    _rule(
        "a story ends at the instant at which it expires",
        "now < story.expires_at",
        "now <= story.expires_at",
        "test_story_is_visible_for_a_day_or_while_it_is_kept",
    ),
    _rule(
        "authors see their own stories whenever",
        "return author.relationship.is_viewer or (is_there and _belongs",
        "return (is_there and _belongs",
        "test_viewer_sees_own_content",
    ),
    _rule(
        "others see a story while it is there",
        "(is_there and _belongs(author, story.audience))",
        "_belongs(author, story.audience)",
        "test_story_is_visible_for_a_day_or_while_it_is_kept",
    ),
    _rule(
        "a story is for its audience",
        "(is_there and _belongs(author, story.audience))",
        "is_there",
        "test_audience_of_a_story",
    ),
    _rule(
        "a story for close friends is not for all followers",
        'if audience == "CLOSE_FRIENDS"',
        'if audience == "NOBODY"',
        "test_audience_of_a_story",
    ),
    _rule(
        "close friends are those of the author, not of the viewer",
        "relationship.of_viewer & Kind.CLOSE_FRIEND",
        "relationship.by_viewer & Kind.CLOSE_FRIEND",
        "test_audience_of_a_story",
    ),
    _rule(
        "the author's own audience is everything",
        "return relationship.is_viewer or (bool(tie) and",
        "return (bool(tie) and",
        "test_highlight_has_the_stories_that_the_viewer_may_see",
    ),
    _rule(
        "somebody outside of the audience does not belong to it",
        "(bool(tie) and sees_content(author))",
        "sees_content(author)",
        "test_audience_of_a_story",
    ),
    _rule(
        "a close friend of a private account must follow it",
        "(bool(tie) and sees_content(author))",
        "bool(tie)",
        "test_close_friends_of_a_private_account_must_follow_it",
    ),
    _rule(
        "a highlight shows the stories for the viewer only",
        "tuple(each for each in highlight.kept if _belongs(author, each[1]))",
        "tuple(each for each in highlight.kept)",
        "test_highlight_has_the_stories_that_the_viewer_may_see",
    ),
    _rule(
        "a highlight without a story for the viewer is hidden",
        "return highlight.keep_only(kept) if kept else None",
        "return highlight.keep_only(kept)",
        "test_highlight_has_the_stories_that_the_viewer_may_see",
    ),
    _rule(
        "a highlight without a visible author is hidden",
        "if highlight is not None and author is not None else None",
        "if highlight is not None else None",
        "test_highlight_has_the_stories_that_the_viewer_may_see",
    ),
    _rule(
        "a missing highlight is hidden",
        "if highlight is not None and author is not None else None",
        "if author is not None else None",
        "test_highlight_has_the_stories_that_the_viewer_may_see",
    ),
]
