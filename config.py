"""Settings, read once from HELIOGRAPH_* variables by a composition root and passed down from there.

docs/configuration.md lists them; a test keeps the two in step.
"""

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

PREFIX = "HELIOGRAPH_"
MIN_DISTINCT_CHARACTERS = 10
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
GENERATED = "generated"
"""The name of the key that `make run` makes for messages."""

Port = Annotated[int, Meta(ge=1, le=65_535)]
Positive = Annotated[int, Meta(ge=1)]
Score = Annotated[float, Meta(ge=0, le=1)]


class ConfigurationError(Exception):
    """A setting is missing or wrong; the message is a sentence that names it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the environment decides. URLs without a default are parts that `python app.py` starts itself."""

    host: str = "127.0.0.1"
    port: Port = 8000
    state_dir: str = ".heliograph"
    mode: Literal["production", "local"] = "production"
    secret: Annotated[str, Meta(min_length=32)] | None = None

    message_keys: dict[str, str] = {}

    database_url: str | None = None
    database_pool: Positive = 10
    redis_url: str | None = None
    live_redis_url: str | None = None
    search_url: str | None = None

    s3_endpoint: str | None = None
    s3_public_endpoint: str | None = None
    s3_region: str = "us-east-1"
    s3_bucket: str = "heliograph"
    s3_access_key: str | None = None
    s3_secret_key: str | None = None
    storage_hook_token: str | None = None
    sqs_queue_url: str | None = None
    sqs_endpoint: str | None = None
    media_url: str | None = None
    media_key: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{32,}$")] | None = None
    media_seconds: Annotated[int, Meta(ge=60)] = 86_400
    purge_url: list[str] = []

    allowed_origins: list[str] = []
    trusted_proxies: str = "127.0.0.1"
    access_token_seconds: Annotated[int, Meta(ge=2, le=86_400)] = 900
    limits: dict[str, str] = {}
    drain_seconds: Annotated[float, Meta(ge=0)] = 10.0
    max_cost: Positive = 50_000
    max_response_bytes: Annotated[int, Meta(ge=64 * 1024)] = 4 * 1024**2
    query_seconds: Annotated[float, Meta(gt=0)] = 10.0
    mutation_seconds: Annotated[float, Meta(gt=0)] = 30.0
    introspection: bool | None = None
    graphiql: bool | None = None
    allow_public_demo: bool = False
    max_requests: Positive = 128
    max_media_requests: Positive = 64
    max_operations: Annotated[int, Meta(ge=4)] = 16
    fanout_limit: Positive = 100_000
    media_per_owner: Positive = 2
    quota_bytes: Positive = 8 * 1024**3
    quota_bytes_per_day: Annotated[int, Meta(ge=0)] = 1024**3
    quota_max_bytes: Positive = 200 * 1024**3
    nudity_review: Score = 0.8
    nudity_reject: Score = 0.98
    executor: Literal["compiled", "reference"] = "compiled"
    documents: str | None = None
    only_documents: bool = False
    persisted_queries: bool = True

    apns_key: str | None = None
    apns_key_id: str | None = None
    apns_team_id: str | None = None
    apns_topic: str | None = None
    apns_endpoint: str = "https://api.push.apple.com"
    fcm_account: str | None = None
    fcm_endpoint: str = "https://fcm.googleapis.com"
    web_push_key: str | None = None
    web_push_contact: str | None = None
    web_push_private: bool = False


_LISTS = {"allowed_origins", "purge_url"}
_MAPPINGS = {"limits", "message_keys"}
_URLS = {
    "database_url": ("postgres", "postgresql"),
    "redis_url": ("redis", "rediss"),
    "live_redis_url": ("redis", "rediss"),
    "search_url": ("search",),
    "s3_endpoint": ("http", "https"),
    "s3_public_endpoint": ("http", "https"),
    "sqs_queue_url": ("http", "https"),
    "sqs_endpoint": ("http", "https"),
    "media_url": ("http", "https"),
    "purge_url": ("http", "https"),
    "apns_endpoint": ("https",),
    "fcm_endpoint": ("https",),
}
_FILES = {"apns_key", "fcm_account", "web_push_key"}
_NEEDS = {
    "apns_key": ("apns_key_id", "apns_team_id", "apns_topic"),
    "web_push_key": ("web_push_contact",),
}


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read and check every HELIOGRAPH_* variable. Raises ConfigurationError for the first that is unknown or wrong.

    Lists are separated by commas, mappings are `name=value` pairs separated by commas. What may be a file is read.
    """
    given: dict[str, Any] = {}
    for variable, text in sorted(environ.items()):
        if not variable.startswith(PREFIX) or text == "":
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in Settings.__struct_fields__:
            raise ConfigurationError(f"{variable} is not a setting of Heliograph; docs/configuration.md lists them.")
        given[name] = _parse(name, variable, text)
        try:
            msgspec.convert({name: given[name]}, Settings, strict=False)
        except msgspec.ValidationError as error:
            reason = str(error).split(" - at ")[0]
            raise ConfigurationError(f"{variable} is {text!r}: {reason[0].lower()}{reason[1:]}.") from None
    settings = msgspec.convert(given, Settings, strict=False)
    for name, others in _NEEDS.items():
        if name in given:
            require(settings, *others)
    return settings


def _parse(name: str, variable: str, text: str) -> Any:
    if name in _LISTS:
        return [_checked(name, variable, part.strip()) for part in text.split(",") if part.strip()]
    if name in _MAPPINGS:
        pairs = [part.partition("=") for part in text.split(",") if part.strip()]
        if not all(separator for _, separator, _ in pairs):
            raise ConfigurationError(f"{variable} is {text!r}: expected name=value pairs separated by commas.")
        return {key.strip(): value.strip() for key, _, value in pairs}
    return _checked(name, variable, text)


def _checked(name: str, variable: str, text: str) -> str:
    if schemes := _URLS.get(name):
        url = urlsplit(text)
        if url.scheme not in schemes or not url.netloc:
            raise ConfigurationError(f"{variable} is {text!r}: expected a URL that begins with {schemes[0]}://.")
        return text.rstrip("/")
    if name in _FILES and not text.startswith(("-----BEGIN", "{")):
        try:
            return Path(text).read_text()
        except (OSError, ValueError):
            raise ConfigurationError(f"{variable} names no file that can be read, and holds no key itself.") from None
    return text


def offers(settings: Settings, name: str) -> bool:
    """Whether a tool for developers (`introspection`, `graphiql`) is offered: unless set, by `make run` alone."""
    chosen: bool | None = getattr(settings, name)
    return settings.mode == "local" if chosen is None else chosen


def require(settings: Settings, *names: str) -> None:
    """Raise ConfigurationError naming the first of `names` that is not set."""
    for name in names:
        if getattr(settings, name) is None:
            raise ConfigurationError(f"{PREFIX}{name.upper()} must be set: docs/configuration.md says to what.")


def require_hardened(settings: Settings) -> None:
    """Raise ConfigurationError for the first setting that docs/operations/hardening.md forbids in production."""
    if settings.mode != "production":
        return
    page = "docs/operations/hardening.md"
    if settings.secret is not None and len(set(settings.secret)) < MIN_DISTINCT_CHARACTERS:
        raise ConfigurationError(f"{PREFIX}SECRET is not random: {page} says how to make one.")
    for proxy in settings.trusted_proxies.split(","):
        if proxy.strip() == "*" or proxy.strip().endswith("/0"):
            given = f"{PREFIX}TRUSTED_PROXIES has {proxy.strip()!r}"
            raise ConfigurationError(f"{given}: every client could choose its address. See {page}.")
    if "*" in settings.limits:
        raise ConfigurationError(f"{PREFIX}LIMITS sets '*', signIn among them: name each limit. See {page}.")
    for name in ("web_push_private", "allow_public_demo"):
        if getattr(settings, name):
            raise ConfigurationError(f"{PREFIX}{name.upper()} is for development only. See {page}.")
    for name in ("media_url", "s3_public_endpoint"):
        _require_https(name, getattr(settings, name), page)
    for origin in settings.allowed_origins:
        _require_https("allowed_origins", origin, page)


def _require_https(name: str, url: str | None, page: str) -> None:
    parts = urlsplit(url or "")
    if url is not None and parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise ConfigurationError(f"{PREFIX}{name.upper()} has {url!r}: clients must reach it by https. See {page}.")


def wrapping_keys(settings: Settings) -> dict[str, bytes]:
    """The keys of HELIOGRAPH_MESSAGE_KEYS by name, each of 32 bytes. Raises ConfigurationError."""
    variable = f"{PREFIX}MESSAGE_KEYS"
    if not settings.message_keys:
        raise ConfigurationError(f"{variable} must be set: docs/configuration.md says to what.")
    if GENERATED in settings.message_keys and settings.mode == "production":
        raise ConfigurationError(f"{variable} has the key that `make run` made for this machine: make one of your own.")
    keys = {}
    for name, text in settings.message_keys.items():
        try:
            keys[name] = base64.b64decode(text, validate=True)
        except ValueError:
            keys[name] = b""
        if len(keys[name]) != 32 or len(name) > 40:
            raise ConfigurationError(f"{variable}, {name[:40]}: expected NAME=KEY, the key 32 bytes in base64.")
    return keys
