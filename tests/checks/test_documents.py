"""Documents of honest clients are accepted, with room to spare: those of the README, of benches, of whole screens."""

import re
from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, validate

import config
from kit.prices import pricing
from schema.api import build
from schema.extensions import read

ROOT = Path(__file__).parents[2]
SCHEMA = build()._schema
README = (ROOT / "README.md").read_text()
DOCUMENTS = {
    **{path.name: path.read_text() for path in sorted((ROOT / "bench").glob("*.graphql"))},
    **{f"screens/{path.name}": path.read_text() for path in sorted((ROOT / "bench" / "screens").glob("*.graphql"))},
    **{
        f"README {n}": text
        for n, text in enumerate(
            re.findall(r"```graphql\n(.*?)```", README, re.S)
            + re.findall(r"(?:ask|SIGN_IN=)\s*'((?:mutation|query|\{).*?)'", README, re.S)
        )
    },
}


def test_the_readme_has_documents() -> None:
    assert sum(name.startswith("README") for name in DOCUMENTS) >= 8


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_honest_document_costs_at_most_a_quarter_of_the_limit(name: str) -> None:
    document = read(DOCUMENTS[name])
    assert not validate(SCHEMA, document)
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            price = pricing(SCHEMA, document, operation)({})
            assert price.points <= config.Settings().max_cost / 4, operation.name
