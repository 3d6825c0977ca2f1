"""Likes in batches."""

from functools import partial

from domain.keyset_pages import pages_by_id

pages_of_likers = partial(pages_by_id, table="likes", owner="subject_id", shown="user_id")
"""For each post or comment: the newest likers after the cursor, and whether there are more."""


def liked(subject: str, person: str) -> str:
    """SQL for whether `person` likes `subject`.

    One index probe: as EXISTS it may be planned as a scan of all likes of the person.
    """
    return f"coalesce((SELECT true FROM likes WHERE subject_id = {subject} AND user_id = {person}), false)"


def likes_of(subject: str, people: str) -> str:
    """SQL for how many of the array `people` like `subject` and are counted.

    One index probe for each of them, forced by OFFSET 0: otherwise it may be planned as a scan of all likes of the
    subject.
    """
    return f"""(
        SELECT count(*) FROM unnest({people}) AS p(id) CROSS JOIN LATERAL (
            SELECT FROM likes WHERE subject_id = {subject} AND user_id = p.id AND is_counted OFFSET 0
        ) l
    )"""
