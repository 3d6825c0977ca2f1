"""An access token is good until its instant, for whatever is asked and over whatever connection."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from domain.accounts.tokens import Access, Tokens
from kit.errors import Unauthenticated
from resolvers.context import Context
from schema.api import build
from schema.extensions import admit
from tests.conftest import Clock, NewPerson
from tests.support.client import Failed
from web.graphql import GraphQLView

NOW = datetime(2026, 6, 1, tzinfo=UTC)
READS = {
    "node": "query ($id: ID!, $name: String!) { node(id: $id) { id } ok: user(username: $name) { id } }",
    "user": "query ($name: String!) { user(username: $name) { displayName } }",
    "hashtag": '{ hashtag(name: "anything") { name } }',
    "feed": "{ feed(first: 1) { nodes { id } } }",
    "viewer": "{ viewer { user { id } } }",
    "nothing": "{ __typename }",
}


class Present:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def context(clock: Present, tokens: Tokens | None = None, access: Access | None = None) -> Context:
    return Context(cast(Any, SimpleNamespace(clock=clock, tokens=tokens)), "request", "192.0.2.1", access)


def test_token_is_expired_from_its_instant_on() -> None:
    clock = Present()
    tokens = Tokens(b"a" * 32, b"r" * 32, clock)
    view: Any = SimpleNamespace(_services=SimpleNamespace(tokens=tokens))
    token, expires_at = tokens.access(7, 8)

    def identified(token: str | None) -> tuple[int, bool, bool]:
        made = context(clock, tokens)
        GraphQLView.identify(view, made, token)
        return made.viewer_id, made.token_expired, made.token_refused

    clock.now = expires_at - timedelta(microseconds=1)
    assert identified(token) == (7, False, False)
    clock.now = expires_at
    assert identified(token) == (0, True, True)
    assert identified("nonsense") == (0, False, True)
    assert identified(None) == (0, False, False)


def test_viewer_is_required_to_have_a_token_that_has_not_expired() -> None:
    clock = Present()
    made = context(clock, access=Access(7, 8, NOW + timedelta(minutes=1)))
    assert made.require_viewer() == 7
    clock.now += timedelta(minutes=1)
    with pytest.raises(Unauthenticated):
        made.require_viewer()


@pytest.mark.parametrize("name", READS)
def test_operation_of_a_socket_whose_token_has_expired_is_refused(name: str) -> None:
    api: Any = build()
    made = context(Present(), access=Access(7, 8, NOW))
    with pytest.raises(Unauthenticated, match="expired"):
        admit(api._schema, made, api.documents.get(READS[name]), None, {})
    assert made.access is None


@pytest.mark.parametrize("name", READS)
async def test_nothing_is_read_with_an_expired_token(person: NewPerson, now: Clock, name: str) -> None:
    ada = await person("ada")
    variables = {key: value for key, value in {"id": ada.id, "name": ada.username}.items() if f"${key}:" in READS[name]}
    await ada.ask(READS[name], **variables)
    with now.moved(minutes=16):
        with pytest.raises(Failed, match="UNAUTHENTICATED"):
            await ada.ask(READS[name], **variables)
        ada.token = ""
        if name in ("node", "user", "hashtag", "nothing"):
            await ada.ask(READS[name], **variables)
