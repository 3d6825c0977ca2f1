"""The schema is what schema.graphql says, keeps the contract, and describes itself."""

from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    is_introspection_type,
    is_required_argument,
    is_required_input_field,
    is_specified_scalar_type,
    print_ast,
)

from schema.api import build

ROOT = Path(__file__).parents[2]
# Enums may gain values; what is not here, and not in the contract, is a slip.
GAINED = {"UploadStatus.IN_REVIEW", "NotificationKind.STORY_REJECTED"}


@pytest.fixture(scope="module")
def served() -> GraphQLSchema:
    return build_schema(build().as_str())


@pytest.fixture(scope="module")
def contract() -> GraphQLSchema:
    return build_schema((Path(__file__).parent / "contract.graphql").read_text())


def test_the_snapshot_is_current() -> None:
    assert (ROOT / "schema.graphql").read_text() == build().as_str() + "\n", "run `make schema` and read the difference"


def test_what_is_served_is_as_the_contract_says(served: GraphQLSchema, contract: GraphQLSchema) -> None:
    wrong = []
    for name, promised in contract.type_map.items():
        offered = served.type_map.get(name)
        if offered is None or is_introspection_type(promised):
            continue
        if type(offered) is not type(promised):
            wrong.append(f"{name} is of another kind")
        elif isinstance(promised, (GraphQLObjectType, GraphQLInterfaceType)):
            for field, definition in offered.fields.items():
                if field in promised.fields:
                    wrong += _field(f"{name}.{field}", definition, promised.fields[field])
            wrong += [
                f"{name} does not implement {interface}"
                for interface in promised.interfaces
                if interface.name in served.type_map and interface.name not in {i.name for i in offered.interfaces}
            ]
        elif isinstance(promised, GraphQLInputObjectType):
            for field, definition in offered.fields.items():
                if field not in promised.fields:
                    if is_required_input_field(definition):
                        wrong.append(f"{name}.{field} is required and not in the contract")
                elif str(definition.type) != str(promised.fields[field].type):
                    wrong.append(f"{name}.{field}: {definition.type} is not {promised.fields[field].type}")
            wrong += [
                f"{name}.{field} is missing"
                for field, definition in promised.fields.items()
                if is_required_input_field(definition) and field not in offered.fields
            ]
        elif isinstance(promised, GraphQLUnionType):
            wrong += [
                f"{name} misses nothing but {t}"
                for t in offered.types
                if t.name not in {p.name for p in promised.types}
            ]
        elif isinstance(promised, GraphQLEnumType):
            wrong += [
                f"{name}.{value} is not in the contract"
                for value in offered.values
                if value not in promised.values and f"{name}.{value}" not in GAINED
            ]
    assert not wrong, "\n".join(wrong)


def _field(name: str, offered: Any, promised: Any) -> list[str]:
    wrong = []
    same = str(offered.type) == str(promised.type)
    stricter_answer = isinstance(offered.type, GraphQLNonNull) and str(offered.type.of_type) == str(promised.type)
    if not (same or stricter_answer):
        wrong.append(f"{name}: {offered.type} is not {promised.type}")
    for argument, definition in promised.args.items():
        if argument not in offered.args:
            wrong.append(f"{name}({argument}:) is missing")
        elif str(offered.args[argument].type) != str(definition.type):
            wrong.append(f"{name}({argument}:): {offered.args[argument].type} is not {definition.type}")
        elif _default(offered.args[argument]) != _default(definition):
            wrong.append(f"{name}({argument}:) has another default")
    wrong += [
        f"{name}({argument}:) is required and not in the contract"
        for argument, definition in offered.args.items()
        if argument not in promised.args and is_required_argument(definition)
    ]
    return wrong


def test_everything_is_described(served: GraphQLSchema) -> None:
    silent = []
    for name, kind in served.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        if not kind.description:
            silent.append(name)
        for field, definition in getattr(kind, "fields", {}).items():
            if not definition.description:
                silent.append(f"{name}.{field}")
            silent += [
                f"{name}.{field}({argument}:)"
                for argument, value in getattr(definition, "args", {}).items()
                if not value.description
            ]
        for value, definition in getattr(kind, "values", {}).items():
            if not definition.description:
                silent.append(f"{name}.{value}")
    assert not silent, silent


def _default(argument: Any) -> str | None:
    """As it is written: graphql-core 3.3 has moved its value."""
    return print_ast(argument.ast_node.default_value) if argument.ast_node.default_value else None


OPEN = {"signUp", "signIn", "refreshSession", "signOut"}


def test_every_mutation_and_subscription_names_who_may_use_it() -> None:
    for root in (build().get_type_by_name("Mutation"), build().get_type_by_name("Subscription")):
        for field in root.fields:  # type: ignore[union-attr]
            allowed = field.metadata["allow"]
            name = build().config.name_converter.get_graphql_name(field)
            assert (allowed.__name__ == "anyone") == (name in OPEN), name
