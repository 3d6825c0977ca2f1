"""A session that has ended changes nothing and is told nothing, though its access token is still valid."""

from pathlib import Path
from typing import Any

import graphql

from tests.conftest import NewPerson
from tests.support.accounts import SIGN_OUT
from tests.support.opaque_ids import number
from workers.parts import Parts

OPEN = {"signUp", "signIn", "refreshSession", "signOut"}
SCHEMA = Path(__file__).parents[2] / "schema.graphql"
SAMPLES: dict[str, Any] = {
    "ID": "",
    "String": "x",
    "Int": 1,
    "Long": 1,
    "Float": 1.0,
    "Boolean": True,
    "Base64": "AAAA",
}
"""A value of each scalar; others take an instant."""


def sample(kind: graphql.GraphQLInputType, ids: str) -> Any:
    """A value of the type that is valid by the schema, with every required field. `ids` stands for IDs."""
    if isinstance(kind, graphql.GraphQLNonNull):
        return sample(kind.of_type, ids)
    if isinstance(kind, graphql.GraphQLList):
        return [sample(kind.of_type, ids)]
    if isinstance(kind, graphql.GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, graphql.GraphQLInputObjectType):
        required = {name: field for name, field in kind.fields.items() if graphql.is_required_input_field(field)}
        return {name: sample(field.type, ids) for name, field in required.items()}
    return ids if kind.name == "ID" else SAMPLES.get(kind.name, "2026-01-01T00:00:00Z")


async def written(parts: Parts, user_id: str) -> dict[str, int]:
    """How many rows of each table name the user."""
    columns = await parts.db.fetch(
        """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type = 'bigint' AND column_name ~ '(user|owner|author|viewer|from|to)_id'
        """
    )
    return {
        f"{table}.{column}": await parts.db.fetchval(
            f"SELECT count(*) FROM {table} WHERE {column} = $1", number(user_id)
        )
        for table, column in columns
    }


async def test_every_mutation_refuses_a_session_that_has_ended(person: NewPerson, parts: Parts) -> None:
    ada, bob = await person("ada"), await person("bob")
    ids = await ada.publish(), bob.id, "nonsense"
    await ada.do(SIGN_OUT, token=ada.refresh_token)
    before = await written(parts, ada.id)
    assert before["posts.author_id"] == 1
    mutation = graphql.build_schema(SCHEMA.read_text()).mutation_type
    assert mutation
    refused = set()
    for name, field in mutation.fields.items():
        if name in OPEN:
            continue
        declared = ", ".join(f"${argument}: {each.type}" for argument, each in field.args.items())
        passed = ", ".join(f"{argument}: ${argument}" for argument in field.args)
        text = f"mutation ({declared}) {{ {name}({passed}) {{ userErrors {{ code }} }} }}"
        for id in ids:
            variables = {argument: sample(each.type, id) for argument, each in field.args.items()}
            answer = await ada.post({"query": text, "variables": variables})
            [error] = answer["errors"]
            expected = {"UNAUTHENTICATED", "BAD_USER_INPUT"} if id == "nonsense" else {"UNAUTHENTICATED"}
            assert error["extensions"]["code"] in expected, (name, error)
            assert not (answer.get("data") or {}).get(name), (name, answer)
        refused.add(name)
    assert len(refused) > 40
    assert await written(parts, ada.id) == before
