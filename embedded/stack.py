"""The services that the settings do not name, started together."""

import base64
import http.client
import json
import secrets
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import msgspec
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

import config
from config import GENERATED, PREFIX, Settings
from embedded import probes
from embedded.postgres import Postgres
from embedded.process import Process, StartError
from embedded.search import Search
from embedded.seaweedfs import SeaweedFS, probe_folders
from embedded.valkey import Valkey

_TOKENS = ("secret", "s3_access_key", "s3_secret_key", "storage_hook_token")

Part = Postgres | Valkey | SeaweedFS | Search


class Stack:
    """PostgreSQL, Valkey, SeaweedFS and a search engine under `folder`, each unless `settings` give its URL."""

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        *,
        durable: bool = True,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.folder = folder.absolute()
        self._say = say
        self.folder.mkdir(parents=True, exist_ok=True)
        logs = self.folder / "logs"
        kept = _secrets(self.folder / "secrets.json")
        ports = _read(self.folder / "ports.json")
        own = _with_secrets(settings, kept)
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None
        self.seaweedfs: SeaweedFS | None = None
        self.search: Search | None = None
        if settings.database_url is None:
            self.postgres = Postgres(self.folder / "postgres", logs, ports.get("postgres", 0), durable=durable)
        if settings.redis_url is None:
            self.valkey = Valkey(self.folder / "valkey", logs, ports.get("valkey", 0))
        if settings.search_url is None:
            self.search = Search(self.folder / "search", logs, ports.get("search", 0))
        if settings.s3_endpoint is not None:
            config.require(settings, "s3_access_key", "s3_secret_key")
        else:
            hook = (f"http://{reachable(settings.host)}:{settings.port}/hooks/storage", str(own.storage_hook_token))
            self.seaweedfs = SeaweedFS(
                self.folder / "seaweedfs",
                logs,
                ports.get("seaweedfs", 0),
                access_key=str(own.s3_access_key),
                secret_key=str(own.s3_secret_key),
                hook=hook,
                durable=durable,
            )
        self.settings = _completed(own, self.parts)

    @property
    def parts(self) -> dict[str, Part]:
        """Our own services, in the order in which they start."""
        named: dict[str, Part | None] = {
            "postgres": self.postgres,
            "valkey": self.valkey,
            "seaweedfs": self.seaweedfs,
            "search": self.search,
        }
        return {name: part for name, part in named.items() if part is not None}

    def probes(self) -> dict[Process, Callable[[], None]]:
        """The probe of each of our services (`embedded/probes`)."""
        found: dict[Process, Callable[[], None]] = {}
        if self.postgres is not None:
            found[self.postgres.process] = partial(probes.postgres, self.postgres.url)
        if self.valkey is not None:
            found[self.valkey.process] = partial(probes.valkey, self.valkey.port)
        if self.seaweedfs is not None:
            found[self.seaweedfs.process] = partial(_probe_bucket, self.settings)
        if self.search is not None:
            found[self.search.process] = self.search.probe
        return found

    def start(self) -> None:
        """Start all services at once and wait for each. Raises StartError after stopping those that had started."""
        began = time.monotonic()
        try:
            for part in reversed(self.parts.values()):  # the slowest first
                part.start()
            for part in self.parts.values():
                part.wait()
                self._say(f"{part.process.name} is up ({time.monotonic() - began:.1f} s)")
            if self.seaweedfs is not None:
                self.seaweedfs.process.wait_until(lambda: _made_bucket(self.settings), 20)
        except BaseException:
            self.stop()
            raise
        ports = {name: part.port for name, part in self.parts.items()}
        (self.folder / "ports.json").write_text(json.dumps(ports))

    def stop(self) -> None:
        """Stop all services, in the reverse order."""
        for part in reversed(self.parts.values()):
            part.process.stop()
        if self.seaweedfs is not None:
            self.seaweedfs.clean()


def environment(settings: Settings) -> dict[str, str]:
    """Return the HELIOGRAPH_* variables for `settings`: the inverse of `config.load`."""
    found = {}
    for name, value in msgspec.structs.asdict(settings).items():
        if isinstance(value, list):
            value = ",".join(value)
        elif isinstance(value, dict):
            value = ",".join(f"{key}={item}" for key, item in value.items())
        found[PREFIX + name.upper()] = "" if value is None else str(value)
    return found


def reachable(host: str) -> str:
    """An address of this machine at which a server that listens on `host` is reached."""
    return "127.0.0.1" if host in ("0.0.0.0", "::") else host


def _secrets(path: Path) -> dict[str, str]:
    """Return random secrets, created on first use and readable for their owner only."""
    kept = _read(path)
    if path.exists() and not kept:
        # New keys could not decrypt what the old ones have encrypted.
        raise StartError(f"{path} cannot be read: restore it, or remove it with all that it protects.")
    makers: dict[str, Callable[[], str]] = dict.fromkeys(_TOKENS, lambda: secrets.token_hex(32))
    makers["message_key"] = lambda: base64.b64encode(secrets.token_bytes(32)).decode()
    if missing := makers.keys() - kept.keys():
        kept |= {name: makers[name]() for name in missing}
        fresh = path.with_suffix(".fresh")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(kept))
        fresh.replace(path)
    return kept


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found


def _with_secrets(settings: Settings, kept: dict[str, str]) -> Settings:
    return msgspec.structs.replace(
        settings,
        message_keys=settings.message_keys or {GENERATED: kept["message_key"]},
        **{name: kept[name] for name in _TOKENS if getattr(settings, name) is None},
    )


_URLS = {"postgres": "database_url", "valkey": "redis_url", "seaweedfs": "s3_endpoint", "search": "search_url"}
"""The setting with the URL of each service."""


def _completed(settings: Settings, parts: dict[str, Part]) -> Settings:
    changes: dict[str, Any] = {"mode": "local"} | {_URLS[name]: part.url for name, part in parts.items()}
    if settings.media_url is None:
        changes["media_url"] = f"http://{reachable(settings.host)}:{settings.port}/media"
    return msgspec.structs.replace(settings, **changes)


def _made_bucket(settings: Settings) -> bool:
    """Make the bucket where there is none, and let pages of the allowed origins send files to it.

    False while the store is not up to it. Raises StartError when it refuses.
    """
    try:
        status, _ = _request(settings, "PUT", "")
    except (OSError, http.client.HTTPException):
        return False
    if status >= 500:
        return False
    if status not in (200, 409):
        raise StartError(f"The bucket could not be made: the store answered {status}.")
    rules = "".join(
        f"<CORSRule><AllowedOrigin>{escape(origin)}</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
        "<AllowedMethod>PUT</AllowedMethod><AllowedMethod>HEAD</AllowedMethod><AllowedHeader>*</AllowedHeader>"
        "<ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>3600</MaxAgeSeconds></CORSRule>"
        for origin in settings.allowed_origins
    )
    if rules:
        status, _ = _request(settings, "PUT", "?cors", f"<CORSConfiguration>{rules}</CORSConfiguration>")
    else:
        status, _ = _request(settings, "DELETE", "?cors")
    if status not in (200, 204, 404):
        raise StartError(f"The bucket's CORS could not be set: the store answered {status}.")
    return True


def _probe_bucket(settings: Settings) -> None:
    """Put an object, list it and get it, in each store of metadata. Raises OSError where that does not work."""
    for folder in probe_folders(settings.s3_bucket):
        # Smaller ones are kept among the metadata: this one reaches a volume.
        content = secrets.token_hex(8) * 256
        try:
            put, _ = _request(settings, "PUT", f"/{folder}/local", content, timeout=probes.PROBE_S)
            listed, names = _request(settings, "GET", f"?list-type=2&prefix={folder}%2F", timeout=probes.PROBE_S)
            got, found = _request(settings, "GET", f"/{folder}/local", timeout=probes.PROBE_S)
        except http.client.HTTPException as error:
            raise OSError(repr(error)) from None
        if (put, listed, got) != (200, 200, 200) or b"/local" not in names or found != content.encode():
            raise OSError(f"PUT, LIST and GET gave {put}, {listed} and {got}, or something else than was put")


def _request(settings: Settings, method: str, path: str, body: str = "", *, timeout: float = 20) -> tuple[int, bytes]:
    """The status and body of a signed request to the bucket, or to what lies at `path` there.

    A whole S3 client takes longer to make than to use here.
    """
    url = f"{settings.s3_endpoint}/{settings.s3_bucket}{path}"
    request = AWSRequest(method, url, data=body.encode(), headers={"content-type": "application/xml"})
    credentials = Credentials(settings.s3_access_key, settings.s3_secret_key)
    S3SigV4Auth(credentials, "s3", settings.s3_region).add_auth(request)
    connection = http.client.HTTPConnection(urlsplit(str(settings.s3_endpoint)).netloc, timeout=timeout)
    try:
        connection.request(method, f"/{settings.s3_bucket}{path}", body.encode(), dict(request.headers.items()))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
