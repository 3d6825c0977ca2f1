"""Codes of refused requests."""

from typing import Any

from tests.support.client import Person


async def refusal_code(person: Person, document: str, **variables: Any) -> str:
    """The code of the one error of a request that got nothing."""
    answer = await person.post({"query": document, "variables": variables})
    assert not answer.get("data") or set(answer["data"].values()) == {None}, answer
    for error in answer["errors"]:
        assert error["extensions"]["requestId"]
    return str(answer["errors"][0]["extensions"]["code"])
