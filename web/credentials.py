"""Access tokens as clients send them: in an `Authorization` header, or in the payload of `connection_init`."""

from typing import Any

_NAMES = {"authorization", "authtoken", "accesstoken", "token"}
"""Keys of a payload that hold a token, in lower case, without hyphens and underscores."""


class UnusableCredentials(Exception):
    """The payload of `connection_init` holds no usable access token; the message says why."""


def bearer_token(header: str) -> str | None:
    """The token in an `Authorization` header: "" for another scheme than Bearer, None for an empty header.

    Apollo's documentation has clients that are signed out send an empty header.
    """
    if not header.strip():
        return None
    scheme, _, token = header.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def payload_token(payload: Any) -> str | None:
    """The token in the payload of `connection_init`; None for a client that is signed out.

    The payload holds the token, with or without "Bearer ", under one of the names that common clients use, either
    directly or within `headers`. Raises UnusableCredentials.
    """
    if payload is None:
        return None
    if not isinstance(payload, dict):
        raise UnusableCredentials("The payload of connection_init must be an object")
    headers = payload.get("headers")
    given = [*payload.items(), *(headers.items() if isinstance(headers, dict) else ())]
    for name, value in given:
        if name.lower().replace("-", "").replace("_", "") in _NAMES and value not in (None, ""):
            return _token(name, value)
    if any(isinstance(value, str) and value.lower().startswith("bearer ") for _, value in given):
        raise UnusableCredentials("The access token has an unknown name: send it as `authorization`")
    return None


def _token(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise UnusableCredentials(f'`{name[:40]}` must be a string: "Bearer <access token>"')
    scheme, separator, token = value.strip().partition(" ")
    if not separator:
        return scheme
    if scheme.lower() != "bearer":
        raise UnusableCredentials(f'`{name[:40]}` must be "Bearer <access token>"')
    return token.strip()
