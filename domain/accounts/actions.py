"""Sign-up, sign-in, sign-out and the refresh of sessions."""

import secrets
from collections.abc import Collection
from datetime import date, datetime, timedelta

import msgspec

from clients.postgres import Connection, Database
from domain import events, jobs
from domain.accounts import names
from domain.accounts.passwords import Passwords, replace_hash
from domain.accounts.sessions import Sessions
from domain.accounts.sign_in_guard import SignInGuard
from domain.accounts.tokens import Tokens
from domain.jobs import JobKind
from domain.push import actions as push
from kit import ids
from kit.email_addresses import is_email_address
from kit.errors import mistake
from kit.text import Mistakes, is_typable, nfc, opaque_string, storable

MINIMUM_AGE = 13
MAX_NAME = 60
MAX_EMAIL = 254
SESSION_LIFE = timedelta(days=60)
SESSION_RETENTION = timedelta(days=7)
RETRY_WITHIN = timedelta(seconds=30)

_ROTATE = """
UPDATE sessions SET generation = $2, rotated_at = now(), expires_at = now() + $3::interval WHERE id = $1"""


class SignedIn(msgspec.Struct, frozen=True):
    """The tokens of a session, and the ID of its user."""

    user_id: int
    session_id: int
    access_token: str
    access_token_expires_at: datetime
    refresh_token: str


async def sign_up(
    db: Database,
    passwords: Passwords,
    tokens: Tokens,
    *,
    username: str,
    email: str,
    password: str,
    display_name: str | None,
    birth_date: date,
    today: date,
    reserved_emails: Collection[str] = (),
) -> SignedIn:
    """Create an account and its first session; no account can have one of `reserved_emails`. Raises UserErrors."""
    mistakes = Mistakes()
    name = names.check(mistakes, username, "username")
    address = mistakes.text(email, "The email address", MAX_EMAIL, "email", required=True).lower()
    if 0 < len(address) <= MAX_EMAIL and storable(address) and not is_email_address(address):
        mistakes.add("INVALID", "Invalid email address.", "email")
    elif address in reserved_emails:
        mistakes.add("TAKEN", "This email address is already in use.", "email")
    shown = mistakes.name(display_name, "The display name", MAX_NAME, "displayName") or name
    password = opaque_string(password)
    if len(password) < 8:
        mistakes.add("INVALID", "The password must have at least 8 characters.", "password")
    if len(password) > 256:
        mistakes.add("TOO_LONG", "The password may have at most 256 characters.", "password")
    if not is_typable(password):
        mistakes.add(
            "INVALID", "The password contains characters that are not allowed, such as control characters.", "password"
        )
    age = today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))
    if not 0 <= age <= 130:
        mistakes.add("INVALID", "Invalid date of birth.", "birthDate")
    elif age < MINIMUM_AGE:
        mistakes.add("NOT_ALLOWED", f"You must be {MINIMUM_AGE} or older to sign up.", "birthDate")
    mistakes.check()

    hash = await passwords.hash(password)
    async with db.acquire() as tx, tx.transaction():
        await names.hold(tx, name)
        await names.claim(tx, name, None, "username")
        # A violated constraint would put the address into PostgreSQL's log.
        user_id = await tx.fetchval(
            """
            INSERT INTO users (id, username, email, display_name, password_hash, birth_date, created_at)
            VALUES (next_id($1), $2, $3, $4, $5, $6, date_trunc('milliseconds', now()))
            ON CONFLICT DO NOTHING RETURNING id
            """,
            secrets.randbelow(ids.SHARDS),
            name,
            address,
            shown,
            hash,
            birth_date,
        )
        if user_id is None:
            has_name = await tx.fetchval("SELECT EXISTS (SELECT FROM users WHERE username = $1)", name)
            if has_name:
                raise mistake("TAKEN", "This username is already in use. Choose another one.", "username")
            raise mistake("TAKEN", "This email address is already in use.", "email")
        await events.record(tx, events.PersonChanged(user_id), user_id)
        return await _begin(tx, tokens, user_id)


async def sign_in(
    db: Database, passwords: Passwords, tokens: Tokens, guard: SignInGuard, *, login: str, password: str, network: str
) -> SignedIn:
    """Start a session by username or email address; a deactivated account becomes active again.

    `network` is the network of the client (`kit.addresses`). Raises UserErrors: WRONG_CREDENTIALS, the same for every
    cause; and RateLimited, Overloaded.

    An attempt counts as a failure before argon2 starts. It is refunded if it succeeds, or if the password could not be
    checked.
    """
    name = nfc(login.strip()).lower()
    account = None
    if storable(name) and storable(password):
        account = await db.fetchrow(
            "SELECT id, password_hash FROM users WHERE (username = $1 OR email = $1) AND status <> 'DELETED'", name
        )
    attempt = await guard.admit(account["id"] if account else None, name, network)
    hash = account["password_hash"] if account else None
    try:
        verdict = await passwords.verify(hash, password[:1000], known=attempt.is_known)
    except Exception:
        await guard.take_back(attempt)
        raise
    if not verdict.is_right or account is None:
        raise mistake("WRONG_CREDENTIALS", "The username or password is incorrect.")
    await guard.take_back(attempt)
    await replace_hash(db, account["id"], hash, verdict)
    async with db.acquire() as tx, tx.transaction():
        back = await tx.fetchval(
            "UPDATE users SET status = 'ACTIVE' WHERE id = $1 AND status = 'DEACTIVATED' RETURNING true", account["id"]
        )
        if back:
            await jobs.enqueue(tx, JobKind.LIST_TAGGINGS, account["id"])
            await jobs.enqueue(tx, JobKind.COUNT_ACTIVITY, account["id"])
            await events.record(tx, events.PersonChanged(account["id"]), account["id"])
        elif not await tx.fetchval(
            "SELECT true FROM users WHERE id = $1 AND status = 'ACTIVE' FOR SHARE", account["id"]
        ):
            raise mistake("WRONG_CREDENTIALS", "The username or password is incorrect.")
        signed_in = await _begin(tx, tokens, account["id"])
    await guard.remember(signed_in.user_id, network)
    return signed_in


async def refresh(db: Database, tokens: Tokens, sessions: Sessions, token: str) -> SignedIn:
    """Exchange a refresh token for new tokens. Raises UserErrors: WRONG_CREDENTIALS, EXPIRED.

    The previous token is accepted for 30 s and returns the same successor: a client may have lost the first answer. Any
    older token has been stolen or copied, and ends its session
    (https://datatracker.ietf.org/doc/html/rfc9700#section-4.14).
    """
    given = tokens.read_refresh(token)
    if given is None:
        raise _wrong_token()
    async with db.acquire() as tx, tx.transaction():
        session = await tx.fetchrow(
            """
            SELECT user_id, nonce, generation, ended_at IS NOT NULL AS ended, expires_at < now() AS expired,
                   now() - rotated_at AS since
            FROM sessions WHERE id = $1 FOR UPDATE
            """,
            given.session_id,
        )
        if session is None or not tokens.proves(given, session["nonce"]) or session["ended"]:
            raise _wrong_token()
        if session["expired"]:
            raise mistake("EXPIRED", "The session has expired. Sign in again.")
        newest = session["generation"]
        if given.generation == newest:
            newest += 1
            await tx.execute(_ROTATE, given.session_id, newest, SESSION_LIFE)
            return _tokens(tokens, session["user_id"], given.session_id, newest, session["nonce"])
        if given.generation == newest - 1 and session["since"] <= RETRY_WITHIN:
            return _tokens(tokens, session["user_id"], given.session_id, newest, session["nonce"])
        await _end(tx, given.session_id)
    await sessions.end([given.session_id])
    raise _wrong_token()


async def sign_out(db: Database, tokens: Tokens, sessions: Sessions, token: str) -> None:
    """End the session of a refresh token, of any generation. An unknown token is not an error."""
    given = tokens.read_refresh(token)
    if given is None:
        return
    nonce = await db.fetchval("SELECT nonce FROM sessions WHERE id = $1", given.session_id)
    if nonce is not None and tokens.proves(given, nonce):
        async with db.acquire() as tx, tx.transaction():
            await _end(tx, given.session_id)
        await sessions.end([given.session_id])


async def forget_old_sessions(db: Database) -> None:
    """Delete sessions that ran out a week ago."""
    await db.execute("DELETE FROM sessions WHERE expires_at < now() - $1::interval", SESSION_RETENTION)


async def _begin(tx: Connection, tokens: Tokens, user_id: int) -> SignedIn:
    nonce = secrets.token_bytes(16)
    session_id = await tx.fetchval(
        """
        INSERT INTO sessions (id, user_id, nonce, generation, rotated_at, expires_at)
        VALUES (next_id($1), $2, $3, 0, now(), now() + $4::interval) RETURNING id
        """,
        ids.shard_of(user_id),
        user_id,
        nonce,
        SESSION_LIFE,
    )
    return _tokens(tokens, user_id, session_id, 0, nonce)


async def _end(tx: Connection, session_id: int) -> None:
    await tx.execute("UPDATE sessions SET ended_at = coalesce(ended_at, now()) WHERE id = $1", session_id)
    await push.forget_session(tx, session_id)


def _tokens(tokens: Tokens, user_id: int, session_id: int, generation: int, nonce: bytes) -> SignedIn:
    access, expires_at = tokens.access(user_id, session_id)
    return SignedIn(user_id, session_id, access, expires_at, tokens.refresh(session_id, generation, nonce))


def _wrong_token() -> Exception:
    return mistake("WRONG_CREDENTIALS", "The session has ended. Sign in again.", "refreshToken")
