"""Small worlds that were chosen: one for each rule, beside the random ones.

Somebody (ADA) shows or says something, and three others stand to her in different ways.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from domain.graph.rows import Kind
from tests.privacy.days import Story
from tests.privacy.talks import Said, Talk, Told
from tests.privacy.world import PEOPLE, Comment, Post, World

ADA, BOB, EVE, KIM = range(PEOPLE)
NOBODY: frozenset[int] = frozenset()
POST = Post(ADA, "PUBLISHED", tags=NOBODY, mentions=NOBODY, hashtag=True, place=True)
STORY = Story(ADA, "PUBLISHED", close=False, over=False, kept=False)


def world(**changes: Any) -> World:
    """Four people who have nothing to do with each other, and a post of the first."""
    empty: dict[str, Any] = {
        "private": [False] * PEOPLE,
        "status": ["ACTIVE"] * PEOPLE,
        "ties": {},
        "posts": [POST],
        "comments": [],
        "likes": frozenset(),
        "comment_likes": frozenset(),
        "saves": frozenset(),
        "talks": [],
        "told": [],
        "stories": [],
        "views": frozenset(),
    }
    return World(**(empty | changes))


def _everything(**changes: Any) -> World:
    """Ada shows one of each kind, and the others have left something of each kind with her."""
    rest = range(1, PEOPLE)
    return world(
        posts=[replace(POST, tags=frozenset({BOB}), mentions=frozenset({EVE}))],
        comments=[Comment(0, ADA, None, frozenset({BOB})), *(Comment(0, n, 0, NOBODY) for n in rest)],
        likes=frozenset((n, 0) for n in rest),
        comment_likes=frozenset((n, 0) for n in rest),
        saves=frozenset((n, 0) for n in rest),
        stories=[STORY, replace(STORY, close=True), replace(STORY, over=True, kept=True), replace(STORY, over=True)],
        views=frozenset((n, 0) for n in rest),
        talks=[
            Talk((ADA, BOB), (Said(0, 0, False, None), Said(1, None, True, 0)), False, False, True),
            Talk((ADA, EVE, KIM), (Said(0, None, False, None), Said(1, None, False, None)), True, False, False),
        ],
        told=[Told(ADA, "LIKE", 0, (BOB, EVE)), Told(EVE, "FOLLOW", EVE, (ADA,)), Told(BOB, "MENTION", 0, (ADA,))],
        **changes,
    )


def _ties(**of_ada: int) -> dict[tuple[int, int], int]:
    """What bob, eve and kim are to ada."""
    return {({"bob": BOB, "eve": EVE, "kim": KIM}[name], ADA): tie for name, tie in of_ada.items()}


CHOSEN: dict[str, Callable[[], World]] = {
    "nobody has anything to do with anybody": _everything,
    "a deactivated account exists for nobody": lambda: _everything(
        status=["DEACTIVATED", "ACTIVE", "ACTIVE", "ACTIVE"], ties=_ties(bob=Kind.FOLLOW)
    ),
    "a deleted account exists for nobody": lambda: _everything(status=["DELETED", "ACTIVE", "ACTIVE", "ACTIVE"]),
    "for a deactivated account nobody exists": lambda: _everything(
        status=["ACTIVE", "DEACTIVATED", "ACTIVE", "ACTIVE"], ties=_ties(bob=Kind.FOLLOW)
    ),
    "a block hides both sides from each other, the profile from one": lambda: _everything(
        ties={(ADA, BOB): Kind.BLOCK, (EVE, ADA): Kind.BLOCK, (KIM, ADA): Kind.FOLLOW}
    ),
    "private content is for followers": lambda: _everything(
        private=[True, False, False, False], ties=_ties(bob=Kind.FOLLOW, eve=Kind.REQUEST)
    ),
    "an unpublished post is its author's": lambda: world(
        posts=[replace(POST, status=status) for status in ("PROCESSING", "IN_REVIEW", "REJECTED")],
        ties=_ties(bob=Kind.FOLLOW),
    ),
    "a story is for followers, or for close friends": lambda: _everything(
        ties={(BOB, ADA): Kind.FOLLOW, (ADA, EVE): Kind.FOLLOW | Kind.CLOSE_FRIEND, (ADA, KIM): Kind.FOLLOW}
    ),
    "a close friend of a private account must follow it": lambda: _everything(
        private=[True, False, False, False],
        ties={
            (ADA, BOB): Kind.FOLLOW | Kind.CLOSE_FRIEND,
            (ADA, EVE): Kind.FOLLOW | Kind.CLOSE_FRIEND,
            (EVE, ADA): Kind.FOLLOW,
        },
    ),
    "a highlight is there for those who may see one of its stories": lambda: world(
        stories=[replace(STORY, over=True, kept=True), replace(STORY, close=True, over=True, kept=True)],
        ties={(BOB, ADA): Kind.FOLLOW, (ADA, EVE): Kind.FOLLOW | Kind.CLOSE_FRIEND},
    ),
    "an unpublished story is its author's": lambda: world(
        stories=[replace(STORY, status=status) for status in ("PROCESSING", "IN_REVIEW", "REJECTED")],
        ties=_ties(bob=Kind.FOLLOW),
    ),
    "a comment does not cross a block": lambda: world(
        comments=[
            Comment(0, BOB, None, frozenset({EVE})),
            Comment(0, EVE, None, NOBODY),
            Comment(0, KIM, None, NOBODY),
        ],
        ties={(BOB, EVE): Kind.BLOCK},
    ),
    "a reply to a hidden comment is hidden": lambda: world(
        comments=[Comment(0, BOB, None, NOBODY), Comment(0, KIM, 0, NOBODY), Comment(0, EVE, 0, NOBODY)],
        comment_likes=frozenset({(EVE, 0), (KIM, 0)}),
        ties={(BOB, EVE): Kind.BLOCK},
    ),
    "whom the owner of a post blocks is heard there by nobody else": lambda: world(
        comments=[Comment(0, BOB, None, frozenset({KIM})), Comment(0, EVE, 0, NOBODY), Comment(0, EVE, None, NOBODY)],
        ties={(ADA, BOB): Kind.BLOCK},
    ),
    "likes and follows are not told across a block": lambda: world(
        likes=frozenset((n, 0) for n in (BOB, EVE, KIM)),
        ties={**_ties(bob=Kind.FOLLOW, eve=Kind.FOLLOW, kim=Kind.FOLLOW), (KIM, BOB): Kind.BLOCK},
    ),
    "what is one's own is withdrawn where it is hidden": lambda: _everything(
        private=[True, False, False, False], ties={(ADA, BOB): Kind.BLOCK, (EVE, ADA): Kind.BLOCK}
    ),
    "a conversation is for its members, from when they joined": lambda: world(
        talks=[
            Talk((ADA, BOB, EVE), (Said(0, None, False, None), Said(1, 0, True, None)), True, False, False),
            Talk((ADA, KIM), (Said(0, None, False, None),), False, True, False),
        ]
    ),
    "the two of a conversation of whom one blocks the other": lambda: world(
        talks=[Talk((ADA, BOB), (Said(0, None, False, None), Said(1, 0, True, None)), False, False, True)],
        ties={(ADA, BOB): Kind.BLOCK},
    ),
    "muting keeps somebody out of the feed and hides nothing": lambda: _everything(
        ties=_ties(bob=Kind.FOLLOW | Kind.MUTE, eve=Kind.FOLLOW, kim=Kind.MUTE)
    ),
}
"""By the rule that they are there for. Each use makes a new one, since a test writes the IDs of rows into it."""
