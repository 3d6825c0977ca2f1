"""Who likes what."""

from functools import partial

from domain.keyset_pages import pages_by_id

pages_of_likers = partial(pages_by_id, table="likes", owner="subject_id", shown="user_id")
"""For each post or comment: who liked it last, beyond the cursor, and whether there are more."""


def liked(subject: str, person: str) -> str:
    """SQL for whether `person` likes `subject`.

    One probe: as EXISTS it may be planned as a look at all that the person likes.
    """
    return f"coalesce((SELECT true FROM likes WHERE subject_id = {subject} AND user_id = {person}), false)"


def likes_of(subject: str, people: str) -> str:
    """SQL for how many of the array `people` like `subject` and are counted.

    A probe for each of them, OFFSET 0 sees to that: otherwise it may be planned as a look at all who like the subject.
    """
    return f"""(
        SELECT count(*) FROM unnest({people}) AS p(id) CROSS JOIN LATERAL (
            SELECT FROM likes WHERE subject_id = {subject} AND user_id = p.id AND is_counted OFFSET 0
        ) l
    )"""
