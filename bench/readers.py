"""Who asks for their feed in the bench, and how."""

from pathlib import Path
from typing import Any

from config import Settings
from domain.accounts.tokens import Tokens
from kit import clock
from kit.execution.document_store import key_of
from kit.keys import derive

QUERY = (Path(__file__).parent / "feed.graphql").read_text()
BY_HASH = {"documentId": f"sha256:{key_of(QUERY)}", "variables": {}}
"""The parameters of a request for it where it is trusted."""


def token(settings: Settings, reader_id: int, session_id: int = 0) -> str:
    """An access token, good for a quarter of an hour. Only mutations look whether there is such a session."""
    secret = str(settings.secret)
    return Tokens(derive(secret, "access"), derive(secret, "refresh"), clock.now).access(reader_id, session_id)[0]


def leaves(answer: Any) -> int:
    """How many values there are in an answer."""
    if isinstance(answer, dict):
        return sum(map(leaves, answer.values()))
    return sum(map(leaves, answer)) if isinstance(answer, list) else 1
