"""What tokens say, and that nobody else makes them."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import jwt
import msgspec
import pytest

from domain.accounts.tokens import ACCESS_LIFE, MAX_LENGTH, Access, Tokens

NOW = datetime(2026, 6, 1, 12, 0, 0, 700_000, tzinfo=UTC)
NONCE = bytes(16)


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(b"a" * 32, b"r" * 32, lambda: NOW)


def test_access_token_says_who_and_until_when(tokens: Tokens) -> None:
    token, expires_at = tokens.access(7, 8)
    assert expires_at == NOW.replace(microsecond=0) + ACCESS_LIFE
    assert tokens.read_access(token) == Access(7, 8, expires_at)


def test_tokens_of_others_are_none(tokens: Tokens) -> None:
    others = Tokens(b"b" * 32, b"r" * 32, lambda: NOW)
    assert tokens.read_access(others.access(7, 8)[0]) is None
    claims = {"sub": "7", "sid": 8, "exp": 2**31}
    assert tokens.read_access(jwt.encode(claims, "s" * 32, algorithm="HS256")) is None
    assert tokens.read_access(jwt.encode(claims, None, algorithm="none")) is None
    assert tokens.read_access(jwt.encode(claims, tokens._private, algorithm="EdDSA")) is not None
    long = jwt.encode({**claims, "more": "x" * MAX_LENGTH}, tokens._private, algorithm="EdDSA")
    assert tokens.read_access(long) is None


@pytest.mark.parametrize("claim", ["sub", "sid", "exp"])
def test_access_token_has_all_claims(tokens: Tokens, claim: str) -> None:
    claims = {"sub": "7", "sid": 8, "exp": int((NOW + timedelta(hours=1)).timestamp())}
    del claims[claim]
    assert tokens.read_access(jwt.encode(claims, tokens._private, algorithm="EdDSA")) is None


def test_refresh_token_proves_its_generation(tokens: Tokens) -> None:
    refresh = tokens.read_refresh(tokens.refresh(5, 2, NONCE))
    assert refresh is not None
    assert (refresh.session_id, refresh.generation) == (5, 2)
    assert tokens.proves(refresh, NONCE)
    assert not tokens.proves(refresh, bytes([1] * 16))
    for changes in ({"generation": 3}, {"session_id": 6}):
        assert not tokens.proves(msgspec.structs.replace(refresh, **changes), NONCE)
    assert not Tokens(b"a" * 32, b"s" * 32, lambda: NOW).proves(refresh, NONCE)


def test_refresh_token_is_spelled_in_one_way(tokens: Tokens) -> None:
    token = tokens.refresh(5, 2, NONCE)
    assert token.endswith("=")
    for other in (f"{token}\n", f"{token[:8]}*{token[8:]}", f"{token[:-2]}{chr(ord(token[-2]) + 1)}="):
        assert tokens.read_refresh(other) is None, other
    assert tokens.read_refresh(urlsafe_b64encode(b"\xff" * 44).decode()) is None, "no ID is negative"
