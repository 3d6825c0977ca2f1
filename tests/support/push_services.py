"""APNs, FCM and a browser's push service on this machine, over TLS and HTTP/2, with the answers that they document."""

import asyncio
import ipaddress
import json
import ssl
import tempfile
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from embedded.process import free_port
from kit.clock import Clock
from tests.support.http2_server import Habits, Request, Response, served

TEAM, KEY_ID, TOPIC, CONTACT = "TEAM123456", "KEY1234567", "org.example.heliograph", "mailto:ops@example.org"
PROJECT, EMAIL = "heliograph-test", "push@heliograph-test.iam.example.com"


@dataclass
class Received:
    """A push that a service was sent, and what it was answered."""

    token: str
    headers: dict[str, str]
    content: dict[str, Any]
    status: int


@dataclass(frozen=True)
class Credentials:
    """Of a server that pushes, as files would hold them, and a certificate for this machine."""

    apns: ec.EllipticCurvePrivateKey
    fcm: rsa.RSAPrivateKey
    web: ec.EllipticCurvePrivateKey
    port: int
    certificate: Path
    certificate_key: Path

    @property
    def origin(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def account(self) -> str:
        return json.dumps(
            {
                "type": "service_account",
                "project_id": PROJECT,
                "client_email": EMAIL,
                "private_key": pem(self.fcm),
                "token_uri": f"{self.origin}/token",
            }
        )

    def settings(self) -> dict[str, Any]:
        """Of a server that offers all but FCM."""
        return {
            "apns_key": pem(self.apns),
            "apns_key_id": KEY_ID,
            "apns_team_id": TEAM,
            "apns_topic": TOPIC,
            "apns_endpoint": self.origin,
            "fcm_endpoint": self.origin,
            "web_push_key": pem(self.web),
            "web_push_contact": CONTACT,
            "web_push_private": True,
        }


@cache
def credentials() -> Credentials:
    folder = Path(tempfile.mkdtemp(prefix="heliograph-push-"))
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    _certify(certificate, key)
    made = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    return Credentials(made[0], rsa.generate_private_key(65537, 2048), made[1], free_port(), certificate, key)


def pem(key: PrivateKeyTypes) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _certify(certificate: Path, key_file: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "push services of tests")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=7))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    key_file.write_text(pem(key))


@dataclass
class Browser:
    """A subscription of a browser, which alone can read what is sent there."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = b"sixteen letters."

    @property
    def keys(self) -> dict[str, str]:
        return {"p256dh": base64url(self.point), "auth": base64url(self.secret)}

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def read(self, body: bytes) -> dict[str, Any]:
        """RFC 8291 and 8188, from the other side."""
        salt, size, theirs = body[:16], int.from_bytes(body[16:20], "big"), body[21 : 21 + body[20]]
        assert len(body) <= 4096 == size
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        info = b"WebPush: info\0" + self.point + theirs
        secret = HKDF(SHA256(), 32, self.secret, info).derive(self.key.exchange(ec.ECDH(), point))
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
        text = AESGCM(key).decrypt(nonce, body[21 + body[20] :], None)
        assert text.rstrip(b"\0")[-1] == 2
        content: dict[str, Any] = json.loads(text.rstrip(b"\0")[:-1])
        return content


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


class PushServices:
    """All three. `answers` has what the next pushes to a token are answered instead of being taken."""

    def __init__(self, made: Credentials, now: Clock) -> None:
        self.credentials = made
        self.received: list[Received] = []
        self.answers: dict[str, list[Response]] = {}
        self.silent: set[str] = set()
        self.browsers: dict[str, Browser] = {}
        self.access_tokens: list[str] = []
        self._now = now

    def browser(self, name: str) -> Browser:
        """A new subscription."""
        made = self.browsers[name] = Browser(f"{self.credentials.origin}/web/{name}")
        return made

    def to(self, token: str) -> list[Received]:
        """What was sent to a token, or to the endpoint that ends like that."""
        return [each for each in self.received if each.token == token]

    def will_answer(self, token: str, status: int, content: dict[str, Any] | None = None, **headers: str) -> None:
        """The next push to `token`, but for those that are spoken for, is answered this."""
        answer = Response(status, json.dumps(content or {}).encode(), headers)
        self.answers.setdefault(token, []).append(answer)

    @asynccontextmanager
    async def served(self, habits: Habits | None = None) -> AsyncIterator[None]:
        """At the port of the credentials."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.credentials.certificate, self.credentials.certificate_key)
        async with served(self._answer, self.credentials.port, context, habits or Habits()):
            yield

    async def _answer(self, request: Request) -> Response:
        try:
            match request.path.strip("/").split("/"):
                case ["3", "device", token]:
                    return await self._apns(request, token)
                case ["token"]:
                    return self._access_token(request)
                case ["v1", "projects", project, "messages:send"] if project == PROJECT:
                    return await self._fcm(request)
                case ["web", name]:
                    return await self._web(request, name)
                case ["long"]:
                    return Response(200, b"and on and " * 100_000)
        except (AssertionError, KeyError, jwt.InvalidTokenError) as error:
            return Response(400, json.dumps({"reason": repr(error), "error": {"message": repr(error)}}).encode())
        return Response(404)

    async def _apns(self, request: Request, token: str) -> Response:
        bearer = request.headers["authorization"].removeprefix("bearer ")
        claims = jwt.decode(bearer, self.credentials.apns.public_key(), ["ES256"], options={"verify_iat": False})
        assert (jwt.get_unverified_header(bearer)["kid"], claims["iss"]) == (KEY_ID, TEAM)
        assert request.headers["apns-topic"] == TOPIC
        refusal = None
        if not -1 <= self._now().timestamp() - claims["iat"] <= 3600:
            refusal = Response(403, b'{"reason": "ExpiredProviderToken"}')
        return await self._take(request, token, json.loads(request.body), refusal)

    def _access_token(self, request: Request) -> Response:
        form = parse_qs(request.body.decode())
        claims = jwt.decode(
            form["assertion"][0],
            self.credentials.fcm.public_key(),
            ["RS256"],
            audience=f"{self.credentials.origin}/token",
            options={"verify_iat": False, "verify_exp": False},
        )
        assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
        assert (claims["iss"], claims["exp"] - claims["iat"]) == (EMAIL, 3600)
        self.access_tokens.append(f"access-{len(self.access_tokens)}")
        answer = {"access_token": self.access_tokens[-1], "expires_in": 3599, "token_type": "Bearer"}
        return Response(200, json.dumps(answer).encode())

    async def _fcm(self, request: Request) -> Response:
        message = json.loads(request.body)["message"]
        refusal = None
        if request.headers["authorization"] != f"Bearer {self.access_tokens[-1]}":
            refusal = Response(401, b'{"error": {"code": 401, "message": "invalid", "status": "UNAUTHENTICATED"}}')
        return await self._take(request, message["token"], message, refusal)

    async def _web(self, request: Request, name: str) -> Response:
        scheme, _, rest = request.headers["authorization"].partition(" ")
        given = dict(part.strip().split("=", 1) for part in rest.split(","))
        claims = jwt.decode(
            given["t"],
            self.credentials.web.public_key(),
            ["ES256"],
            audience=self.credentials.origin,
            options={"verify_exp": False},
        )
        public = self.credentials.web.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        assert (scheme, given["k"], claims["sub"]) == ("vapid", base64url(public), CONTACT)
        assert 0 < claims["exp"] - self._now().timestamp() <= 24 * 3600
        assert request.headers["content-encoding"] == "aes128gcm"
        assert len(urlsafe_b64decode(request.headers["topic"])) == 24
        return await self._take(request, name, self.browsers[name].read(bytes(request.body)), None, taken=201)

    async def _take(
        self, request: Request, token: str, content: dict[str, Any], refusal: Response | None, taken: int = 200
    ) -> Response:
        if token in self.silent:
            await asyncio.Event().wait()
        scripted = self.answers.get(token)
        answer = refusal or (scripted.pop(0) if scripted else Response(taken))
        self.received.append(Received(token, request.headers, content, answer.status))
        return answer
