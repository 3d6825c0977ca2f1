"""The schema is what schema.graphql says, keeps the contract, and describes itself."""

from pathlib import Path

import pytest
from graphql import (
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
    find_dangerous_changes,
    is_introspection_type,
    is_specified_scalar_type,
)

from schema import roots
from schema.api import build

ROOT = Path(__file__).parents[2]
# Values, members and optional inputs beyond the contract, in what is of the contract; any other is a slip.
GAINED = {
    "Enum value UploadStatus.IN_REVIEW was added.",
    "Enum value UserErrorCode.QUOTA_EXCEEDED was added.",
    "Enum value NotificationKind.STORY_REJECTED was added.",
    "An optional argument Query.conversations(requests:) was added.",
    "An optional field CreateStoryInput.filter was added.",
    "An optional argument Subscription.notificationReceived(after:) was added.",
}


@pytest.fixture(scope="module")
def served() -> GraphQLSchema:
    return build_schema(build().as_str())


@pytest.fixture(scope="module")
def contract() -> GraphQLSchema:
    return build_schema((Path(__file__).parent / "contract.graphql").read_text())


def test_the_snapshot_is_current() -> None:
    assert (ROOT / "schema.graphql").read_text() == build().as_str() + "\n", "run `make schema` and read the difference"


def test_the_contract_is_kept_whole(served: GraphQLSchema, contract: GraphQLSchema) -> None:
    assert [change.description for change in find_breaking_changes(contract, served)] == []
    added = {change.description for change in find_dangerous_changes(contract, served)}
    assert added == GAINED


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


@pytest.mark.parametrize("root", ["Query", "Mutation", "Subscription"])
def test_each_root_field_is_in_the_file_of_one_noun(root: str) -> None:
    files = {f"schema.{path.stem}" for path in (ROOT / "schema").glob("*.py") if f"\nclass {root}:" in path.read_text()}
    nouns = [noun for noun in roots.NOUNS if hasattr(noun, root)]
    assert {noun.__name__ for noun in nouns} == files, "roots.NOUNS lists every file with root fields"
    fields = [name for noun in nouns for name in getattr(noun, root).__annotations__]
    assert len(fields) == len(set(fields)) == len(build().get_type_by_name(root).fields)  # type: ignore[union-attr]


OPEN = {"signUp", "signIn", "refreshSession", "signOut"}


def test_every_mutation_and_subscription_names_who_may_use_it() -> None:
    for root in (build().get_type_by_name("Mutation"), build().get_type_by_name("Subscription")):
        for field in root.fields:  # type: ignore[union-attr]
            allowed = field.metadata["allow"]
            name = build().config.name_converter.get_graphql_name(field)
            assert (allowed.__name__ == "anyone") == (name in OPEN), name
