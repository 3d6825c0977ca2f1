"""Access tokens (EdDSA JWTs, 15 minutes by default) and refresh tokens (self-authenticating, rotated at each use)."""

import hashlib
import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kit.clock import Clock

ACCESS_LIFE = timedelta(minutes=15)
MAX_LENGTH = 1000
_FORM = struct.Struct(">QI")


class Access(msgspec.Struct, frozen=True):
    """The claims of a valid access token: the user, the session and the expiry."""

    user_id: int
    session_id: int
    expires_at: datetime

    @property
    def id(self) -> int:
        """The viewer to whom cursors of lists are bound."""
        return self.user_id


class Refresh(msgspec.Struct, frozen=True):
    """The claims of a refresh token; `proof` is checked against the nonce of the session."""

    session_id: int
    generation: int
    proof: bytes


class Tokens:
    """Signs and verifies tokens with keys derived from one secret."""

    def __init__(self, access_key: bytes, refresh_key: bytes, clock: Clock, life: timedelta = ACCESS_LIFE) -> None:
        """Both keys are 32 bytes. `life` is the lifetime of access tokens."""
        self._private = Ed25519PrivateKey.from_private_bytes(access_key)
        self._public = self._private.public_key()
        self._refresh_key = refresh_key
        self._clock = clock
        self._life = life
        # Cached: a valid signature stays valid, and verifying one takes longer than the rest of a small request.
        self._verified = lru_cache(10_000)(self._verify)

    def access(self, user_id: int, session_id: int) -> tuple[str, datetime]:
        """Return a token and its expiry, to the second."""
        expires_at = (self._clock() + self._life).replace(microsecond=0)
        claims = {"sub": str(user_id), "sid": session_id, "exp": int(expires_at.timestamp())}
        return jwt.encode(claims, self._private, algorithm="EdDSA"), expires_at

    def read_access(self, token: str) -> Access | None:
        """Return the claims of the token, whether or not it has expired; None if the signature is not valid."""
        if len(token) > MAX_LENGTH:
            return None
        try:
            return self._verified(token)
        except (jwt.InvalidTokenError, ValueError, TypeError):
            return None

    def _verify(self, token: str) -> Access:
        claims = jwt.decode(
            token,
            self._public,
            algorithms=["EdDSA"],
            options={"require": ["sub", "sid", "exp"], "verify_exp": False},
        )
        return Access(int(claims["sub"]), int(claims["sid"]), datetime.fromtimestamp(claims["exp"], UTC))

    def refresh(self, session_id: int, generation: int, nonce: bytes) -> str:
        """Return the refresh token of this generation of the session. It is deterministic."""
        claim = _FORM.pack(session_id, generation)
        return urlsafe_b64encode(claim + self._proof(claim, nonce)).decode()

    def read_refresh(self, token: str) -> Refresh | None:
        """Return the claims of the token, None if it is malformed."""
        try:
            raw = urlsafe_b64decode(token.encode("ascii"))
            session_id, generation = _FORM.unpack(raw[: _FORM.size])
        except (ValueError, struct.error):
            return None
        if session_id >> 63 or urlsafe_b64encode(raw).decode() != token:
            return None
        return Refresh(session_id, generation, raw[_FORM.size :])

    def proves(self, refresh: Refresh, nonce: bytes) -> bool:
        """Return whether this server made the token, for the session with this nonce."""
        claim = _FORM.pack(refresh.session_id, refresh.generation)
        return hmac.compare_digest(refresh.proof, self._proof(claim, nonce))

    def _proof(self, claim: bytes, nonce: bytes) -> bytes:
        return hmac.new(self._refresh_key, claim + nonce, hashlib.sha256).digest()
