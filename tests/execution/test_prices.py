"""No answer is worth more than its price: drawn operations over the whole schema, with the most data behind them."""

from collections.abc import Mapping
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    get_introspection_query,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
    parse,
    validate,
)
from hypothesis import assume, given
from hypothesis import strategies as st

from kit.prices import FETCH, LEAF, OBJECT, PAGE, Price, pricing, undeclared
from schema.api import build
from tests.execution.documents import Bounds, Drawn, documents
from tests.execution.inputs import Values

SERVED = build()._schema
BARE = build_schema(build().as_str())
"""The same schema without resolvers: what its fields hold is made up by `most`."""

SMALL = st.sampled_from((1, 2, 3, 5))
VALUES = Values(
    scalars={"Base64": st.just("eA=="), "Long": st.integers(0, 9), "Date": st.just("2000-01-01")},
    arguments={"first": SMALL, "ids": st.lists(st.just("x"), max_size=5)},
)
MAX_ITEMS = 200_000
SCALARS: Mapping[str, Any] = {"Int": 1, "Float": 0.5, "Boolean": True}


class TooMuch(Exception):
    """The answer would take too long to make."""


class World:
    """Fills every list with as many items as its declaration allows, and every object with one of type `turn`."""

    def __init__(self, turn: int) -> None:
        self.turn = turn
        self.items = 0

    def most(self, source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        """The value of a field: `source` is the page size where its parent is a connection."""
        self.items += 1
        if self.items > MAX_ITEMS:
            raise TooMuch
        size = arguments["first"] if isinstance(arguments.get("first"), int) else None
        return self._value(info.return_type, info, source, size, arguments)

    def _value(self, kind: Any, info: GraphQLResolveInfo, page: Any, size: int | None, arguments: Any) -> Any:
        if isinstance(kind, GraphQLNonNull):
            return self._value(kind.of_type, info, page, size, arguments)
        if isinstance(kind, GraphQLList):
            count = _count(info, page, arguments)
            self.items += count
            if self.items > MAX_ITEMS:
                raise TooMuch
            return [self._value(kind.of_type, info, page, size, arguments) for _ in range(count)]
        if is_composite_type(kind):
            return size or 1
        if isinstance(kind, GraphQLEnumType):
            return next(iter(kind.values))
        return SCALARS.get(kind.name, "x")

    def type_of(self, value: Any, info: GraphQLResolveInfo, kind: Any) -> str:
        """The name of the object type that stands for an abstract one."""
        possible = sorted(each.name for each in BARE.get_possible_types(kind))
        return possible[self.turn % len(possible)]


def _count(info: GraphQLResolveInfo, page: Any, arguments: Mapping[str, Any]) -> int:
    field = SERVED.get_field(SERVED.type_map[info.parent_type.name], info.field_name)  # type: ignore[arg-type]
    assert field is not None
    bound = field.extensions["strawberry-definition"].metadata["bound"]
    if bound is PAGE:
        return int(page)
    given = arguments.get(bound.argument) if bound.argument else None
    if given is None:
        return int(bound.most)
    return int(given) if isinstance(given, int) else len(given)


def real(data: Any) -> int:
    """What an answer is worth, in tenths of a point, without what it took to fetch."""
    if isinstance(data, dict):
        return OBJECT + sum(map(real, data.values()))
    if isinstance(data, list):
        return sum(map(real, data))
    return LEAF


def price_of(schema: GraphQLSchema, document: DocumentNode, name: str | None, variables: Mapping[str, Any]) -> Price:
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    [chosen] = [each for each in operations if name is None or (each.name and each.name.value == name)]
    return pricing(schema, document, chosen)(variables)


def is_checked(drawn: Drawn, turn: int) -> bool:
    """Whether the operation could be run and its answer be compared with its price, which must be as high."""
    document = parse(drawn.text)
    if validate(BARE, document):
        return False
    world = World(turn)
    try:
        result = execute_sync(
            BARE,
            document,
            operation_name=drawn.operation,
            variable_values=drawn.variables,
            field_resolver=world.most,
            type_resolver=world.type_of,
        )
    except TooMuch:
        return False
    if result.data is None or world.items > MAX_ITEMS:
        return False
    price = price_of(SERVED, document, drawn.operation, drawn.variables)
    assert real(result.data) - OBJECT <= 10 * price.items, drawn.text  # the root object is free
    return True


BOUNDS = Bounds(fields=25, depth=4)


@given(
    drawn=documents(SERVED, "query", VALUES, BOUNDS) | documents(SERVED, "mutation", VALUES, BOUNDS),
    turn=st.integers(0, 30),
)
def test_no_answer_is_worth_more_than_its_price(drawn: Drawn, turn: int) -> None:
    assume(is_checked(drawn, turn))


@pytest.mark.parametrize(
    "text",
    [
        "{ feed(first: 3) { nodes { media { userTags { user { id } } variants { url } } mentions { id } hashtags } } }",
        "{ storyTray(first: 2) { edges { node { stories { id item { variants { width } } } } } nodes { id } } }",
        '{ nodes(ids: ["a", "a"]) { __typename ... on Upload { target { ... on MultipartUploadTarget { parts { url } '
        "storedParts { etag } } ... on SingleUploadTarget { headers { name value } } } } "
        "... on MlsGroup { devices { id } } ... on Conversation { members { user { id } } } } }",
        "{ conversations { nodes { members { user { posts(first: 2) { nodes { uploads { id } } } } } } } }",
        "{ uploadConstraints { contentTypes } viewer { devices { id } mlsDevices { id } } }",
        "{ mlsMessages(deviceId: 1) { message } }",
        'mutation { markStoriesSeen(storyIds: ["a"]) { stories { item { userTags { x } } } userErrors { field } } }',
        "mutation { createUploads(input: {files: []}) { uploads { id } userErrors { field message } } }",
    ],
)
def test_lists_of_every_kind_are_within_the_price(text: str) -> None:
    for turn in range(30) if "..." in text else (0,):
        assert is_checked(Drawn(text, None, {}, {}, frozenset()), turn)


def test_every_list_and_text_declares_its_size() -> None:
    assert undeclared(SERVED) == []


def test_only_connections_have_the_bound_of_a_page() -> None:
    pages, connections = set(), set()
    for kind in SERVED.type_map.values():
        for field in kind.fields.values() if isinstance(kind, GraphQLObjectType) else ():
            known = field.extensions.get("strawberry-definition")
            if known is not None and known.metadata.get("bound") is PAGE:
                pages.add(kind.name)
            is_list = is_list_type(get_nullable_type(field.type))
            if "first" in field.args and is_composite_type(get_named_type(field.type)) and not is_list:
                connections.add(get_named_type(field.type).name)
    assert pages == connections, "the items of any other type would be priced as one"


def test_introspection_is_priced_by_the_size_of_the_schema() -> None:
    document = parse(get_introspection_query())
    result = execute_sync(SERVED, document)
    price = price_of(SERVED, document, None, {})
    assert real(result.data) - OBJECT <= 10 * price.items < 20 * real(result.data)
    deep = parse("{ __schema { types { fields { type { ofType { fields { args { name } } } } } } } }")
    assert real(execute_sync(SERVED, deep).data) - OBJECT <= 10 * price_of(SERVED, deep, None, {}).items
    by_name = parse(
        '{ __type(name: "Post") { fields { args { name } type { possibleTypes { enumValues { name } } } } } }'
    )
    assert real(execute_sync(SERVED, by_name).data) - OBJECT <= 10 * price_of(SERVED, by_name, None, {}).items


@pytest.mark.parametrize(
    ("text", "variables", "points"),
    [
        ("{ viewer { email } }", {}, 2 * FETCH + 2),
        ("query ($n: Int = 4) { feed(first: $n) { nodes { id } } }", {}, FETCH + -(-(10 + 4 * 11) // 10)),
        ("query ($n: Int = 4) { feed(first: $n) { nodes { id } } }", {"n": 9}, FETCH + -(-(10 + 9 * 11) // 10)),
        ("query ($n: Int = 4) { feed(first: $n) { nodes { id } } }", {"n": None}, FETCH + -(-(10 + 20 * 11) // 10)),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["x"] * 7}, FETCH + -(-7 * 11 // 10)),
        ("{ feed { pageInfo { endCursor } } }", {}, FETCH + -(-(10 + 10 + 1) // 10)),
    ],
)
def test_prices_follow_arguments(text: str, variables: dict[str, Any], points: int) -> None:
    assert price_of(SERVED, parse(text), None, variables).points == points
