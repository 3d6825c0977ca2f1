"""The whole product answers by the compiled executor as by the reference: everybody, whatever they ask for."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from graphql import parse, specified_rules
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext, validate_document

from domain.accounts.tokens import Access
from domain.graph.rows import Kind
from resolvers.context import Context, Services
from schema.api import Api, build
from tests.execution.compare import exact, possible
from tests.execution.documents import Bounds, Drawn, documents
from tests.execution.inputs import Values
from tests.execution.runs import Compiled, Forbearing, Run, noting
from tests.privacy.days import Story
from tests.privacy.oracle import Eyes
from tests.privacy.world import PEOPLE, Comment, Post, Said, Talk, Told, World, make
from tests.support.unlimited import unlimited

EXAMPLES = settings().max_examples
VIEWERS = (None, *range(PEOPLE))
CURSORS = """query ($ids: [ID!]!) {
  feed(first: 1, order: CHRONOLOGICAL) { edges { cursor } }
  viewer { savedPosts(first: 1) { edges { cursor } } blockedUsers(first: 1) { edges { cursor } } }
  nodes(ids: $ids) {
    ... on User { posts(first: 1) { edges { cursor } } followers(first: 1) { edges { cursor } } }
    ... on Story { viewers(first: 1) { edges { cursor } } }
    ... on Highlight { stories(first: 1) { edges { cursor } } }
    ... on Post { likers(first: 1) { edges { cursor } } comments(first: 1) { edges { cursor } } }
    ... on Comment { replies(first: 1) { edges { cursor } } }
    ... on Hashtag { posts(first: 1) { edges { cursor } } }
    ... on Location { posts(first: 1) { edges { cursor } } } } }"""

# The world is made once, and what is drawn must not depend on it: so ids and cursors are drawn by their places.
PLACES = 32
_ids = st.one_of(
    st.integers(0, PLACES - 1).map(lambda n: f"<id {n}>"), st.sampled_from(("", "junk", "AAAAAAAAAAAA", "<cursor 0>"))
)
_cursors = st.one_of(st.integers(0, PLACES - 1).map(lambda n: f"<cursor {n}>"), st.sampled_from(("", "junk", "<id 0>")))
VALUES = Values(
    arguments={
        **dict.fromkeys(("id", "postId", "userId", "commentId"), _ids),
        **dict.fromkeys(("ids", "storyIds"), st.lists(_ids, max_size=6)),
        "after": _cursors,
        "first": st.sampled_from((3, 20, 1, 100, 0, 101, -1)),
        "username": st.sampled_from(("<name 0>", "<name 1>", "<name 3>", "nobody")),
        "name": st.sampled_from(("<tag>", "#<tag>", "nothing")),
    },
    always={"order": "CHRONOLOGICAL"},  # a ranked page depends on the instant it is asked for
)
SIGNED_ANEW = {"target"}
MUTATIONS = re.compile(
    "^(un)?(likePost|savePost|likeComment|mute|block|follow)$|^(setCloseFriend|setStoryNotifications)$"
    "|^(acceptFollowRequest|removeFollower|markStoriesSeen)$"
)
COUNTS = re.compile("Count$")


def world() -> World:
    """Somebody blocked, somebody private, somebody gone, and something of everything."""
    ties = {
        (0, 1): Kind.FOLLOW | Kind.CLOSE_FRIEND,
        (1, 0): Kind.FOLLOW | Kind.STORY_NOTIFICATIONS,
        (0, 2): Kind.FOLLOW,
        (2, 1): Kind.REQUEST,
        (3, 0): Kind.BLOCK,
        (3, 1): Kind.FOLLOW | Kind.MUTE,
    }
    pairs = [(one, other) for one in range(PEOPLE) for other in range(PEOPLE) if one != other]
    nobody: frozenset[int] = frozenset()
    return World(
        talks=[Talk((0, 1), (Said(0, None, False, 0), Said(1, 0, True, None)), False, False, True)],
        stories=[Story(0, "PUBLISHED", False, False, True), Story(1, "PUBLISHED", True, True, False)],
        views=frozenset({(1, 0), (2, 0)}),
        told=[Told(0, "LIKE", 0, (1, 2)), Told(0, "FOLLOW", 0, (1,)), Told(1, "STORY", 0, (0,))],
        private=[False, True, False, False],
        status=["ACTIVE"] * PEOPLE,
        ties={pair: ties.get(pair, 0) for pair in pairs},
        posts=[
            Post(0, "PUBLISHED", frozenset({1, 2}), frozenset({3}), True, True),
            Post(1, "PUBLISHED", nobody, frozenset({0, 2}), True, False),
            Post(2, "PUBLISHED", frozenset({0}), nobody, False, True),
            Post(3, "PUBLISHED", nobody, frozenset({0}), True, True),
            Post(0, "PROCESSING", nobody, nobody, False, False),
        ],
        comments=[
            Comment(0, 1, None, frozenset({2})),
            Comment(0, 3, 0, nobody),
            Comment(1, 0, None, frozenset({0, 3})),
            Comment(2, 0, None, nobody),
            Comment(2, 1, 3, frozenset({0})),
        ],
        likes=frozenset({(0, 1), (1, 0), (2, 0), (3, 2)}),
        comment_likes=frozenset({(0, 0), (2, 3)}),
        saves=frozenset({(0, 0), (0, 2), (1, 0)}),
    )


class Product:
    """The schema by each executor, and one world."""

    def __init__(self, services: Services, made: World) -> None:
        self.services = services
        self.world = made
        self.reference = _api(StrawberryGraphQLCoreExecutionContext)
        self.compiled = _api(Compiled)
        self.forbearing = _api(Forbearing)
        eyes = Eyes(made, None)
        self.names = {"<tag>": made.hashtag} | {f"<name {n}>": f"w.{id:x}" for n, id in enumerate(made.people_ids)}
        self.ids = [
            *map(eyes.person_id, range(PEOPLE)),
            *map(eyes.post_id, range(len(made.posts))),
            *map(eyes.photo_id, range(len(made.posts))),
            *map(eyes.comment_id, range(len(made.comments))),
            *map(eyes.upload_id, range(3)),
            *map(eyes.story_id, range(len(made.stories))),
            *map(eyes.still_id, range(len(made.stories))),
            *map(eyes.reel_id, range(2)),
            *map(eyes.highlight_id, range(2)),
            eyes.hashtag_id,
            eyes.place_id,
        ]
        self.cursors: dict[int | None, list[str]] = {}

    def context(self, viewer: int | None) -> Context:
        access = None
        if viewer is not None:
            until = self.services.clock() + timedelta(hours=1)
            access = Access(self.world.people_ids[viewer], self.world.session_ids[viewer], until)
        return Context(self.services, "test", "127.0.0.1", access)

    async def look(self) -> None:
        """Learn everybody's cursors."""
        for viewer in VIEWERS:
            found = await self.reference.execute(
                CURSORS, variable_values={"ids": self.ids}, context_value=self.context(viewer)
            )
            self.cursors[viewer] = re.findall('"cursor": "([^"]+)"', json.dumps(found.data))

    def filled(self, text: str, viewer: int | None) -> str:
        """The text with ids, cursors and names in their places."""
        known = {"id": self.ids, "cursor": self.cursors[viewer]}
        text = re.sub(r"<(id|cursor) (\d+)>", lambda found: _nth(known[found[1]], int(found[2])), text)
        return re.sub("<tag>|<name .>", lambda found: self.names[found[0]], text)

    async def check(self, drawn: Drawn, viewer: int | None) -> None:
        """Reference and compiled answer alike."""
        text = self.filled(drawn.text, viewer)
        different = drawn.other_variables != drawn.variables
        for variables in (drawn.variables, drawn.other_variables) if different else (drawn.variables,):
            given = json.loads(self.filled(json.dumps(variables), viewer))
            reference = await self.run(self.reference, text, drawn.operation, given, viewer)
            Compiled.was_compiled = None
            compiled = await self.run(self.compiled, text, drawn.operation, given, viewer)
            difference = exact(reference, compiled)
            if difference:
                everything = await self.run(self.forbearing, text, drawn.operation, given, viewer)
                difference = possible(reference, compiled, everything)
            assert not difference, f"{difference}\n{text}\n{given}"
            assert Compiled.was_compiled is not False or "__" in text or given.get("perhaps", True) is None

    async def run(self, api: Api, text: str, operation: str | None, variables: Any, viewer: int | None) -> Run:
        with noting() as places:
            result = await api.execute(
                text, variable_values=variables, context_value=self.context(viewer), operation_name=operation
            )
        return Run(result.data, list(result.errors or ()), places)


def _api(executor: Any) -> Api:
    api = build()
    api.execution_context_class = executor
    return api


def _nth(known: list[str], n: int) -> str:
    return known[n % len(known)] if known else "none"


SCHEMA = build()


def drawn(kind: str, bounds: Bounds) -> st.SearchStrategy[Drawn]:
    """Valid documents."""
    return documents(SCHEMA._schema, kind, VALUES, bounds).filter(
        lambda each: not validate_document(SCHEMA._schema, parse(each.text), tuple(specified_rules))
    )


@pytest.fixture(scope="module")
async def product(api: Starlette) -> Product:
    now = api.state.services.clock()  # a cursor of the tray holds the instant, and both are to give the same
    services: Services = replace(unlimited(api.state.services), clock=lambda: now)
    made = world()
    await make(services.db, services.keys, made)
    found = Product(services, made)
    await found.look()
    return found


@settings(max_examples=2 * EXAMPLES)
@given(
    asked=drawn("query", Bounds(fields=40, depth=6, only=lambda name: name not in SIGNED_ANEW)),
    viewer=st.sampled_from(VIEWERS),
)
async def test_queries(product: Product, asked: Drawn, viewer: int | None) -> None:
    await product.check(asked, viewer)


@settings(max_examples=EXAMPLES // 2)
@given(
    asked=drawn(
        "mutation",
        Bounds(
            fields=20,
            only=lambda name: name not in SIGNED_ANEW and not COUNTS.search(name),
            roots=lambda name: MUTATIONS.search(name) is not None,
        ),
    ),
    viewer=st.sampled_from(VIEWERS),
)
async def test_mutations_whose_second_time_changes_nothing(product: Product, asked: Drawn, viewer: int | None) -> None:
    text = product.filled(asked.text, viewer)
    given = json.loads(product.filled(json.dumps(asked.variables), viewer))
    await product.run(product.reference, text, asked.operation, given, viewer)
    await product.check(replace(asked, other_variables=asked.variables), viewer)
