"""What APNs, FCM and push services of browsers are sent, and what is made of what they answer."""

import asyncio
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

from clients.http import MAX_ANSWER, Http
from clients.push import Content, Gone, Outcome, Rejected, RetryLater, Sender, Sent
from clients.push.apns import Apns
from clients.push.fcm import Fcm
from clients.push.guard import Guard, NotPublic, is_public
from clients.push.web import WebPush, encrypt
from tests.conftest import Clock
from tests.support.http2_server import Habits
from tests.support.push_services import CONTACT, KEY_ID, TEAM, TOPIC, PushServices, base64url, credentials, pem

CONTENT = Content("Ada 🌞", 'says "hello"', {"post": "abc"})
TOPIC_ID = "a" * 32
PHONE = "0123456789abcdef" * 4


@dataclass
class Device:
    token: str
    p256dh: str | None = None
    auth: str | None = None


@pytest.fixture(scope="module", autouse=True)
def trusted() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(credentials().certificate))
        yield


@pytest.fixture
async def services(now: Clock) -> AsyncIterator[PushServices]:
    made = PushServices(credentials(), now)
    async with made.served():
        yield made


@pytest.fixture
async def apns(now: Clock) -> AsyncIterator[Apns]:
    made = credentials()
    sender = Apns(pem(made.apns), KEY_ID, TEAM, TOPIC, made.origin, now)
    yield sender
    await sender.close()


@pytest.fixture
async def fcm(now: Clock) -> AsyncIterator[Fcm]:
    sender = Fcm(credentials().account, credentials().origin, now)
    yield sender
    await sender.close()


@pytest.fixture
async def web(now: Clock) -> AsyncIterator[WebPush]:
    sender = WebPush(pem(credentials().web), CONTACT, now, private=True)
    yield sender
    await sender.close()


async def test_a_phone_of_apple(services: PushServices, apns: Apns, now: Clock) -> None:
    assert await apns.send(Device(PHONE), CONTENT, TOPIC_ID, urgent=True) == Sent()
    assert await apns.send(Device(PHONE), CONTENT, TOPIC_ID, urgent=False) == Sent()
    urgent, other = services.to(PHONE)
    assert urgent.content == {
        "aps": {"alert": {"title": "Ada 🌞", "body": 'says "hello"'}, "sound": "default"},
        "post": "abc",
    }
    assert "sound" not in other.content["aps"]
    kept = {name: urgent.headers[name] for name in ("apns-push-type", "apns-priority", "apns-collapse-id")}
    assert kept == {"apns-push-type": "alert", "apns-priority": "10", "apns-collapse-id": TOPIC_ID}
    assert other.headers["apns-priority"] == "5"
    assert abs(int(urgent.headers["apns-expiration"]) - now().timestamp() - 86_400) < 10
    assert urgent.headers["authorization"] == other.headers["authorization"], "one token for all"


async def test_fcm(services: PushServices, fcm: Fcm) -> None:
    assert await fcm.send(Device("phone:A_b-c"), CONTENT, TOPIC_ID, urgent=True) == Sent()
    assert await fcm.send(Device("phone:A_b-c"), CONTENT, TOPIC_ID, urgent=False) == Sent()
    urgent, other = (each.content for each in services.to("phone:A_b-c"))
    assert urgent["notification"] == {"title": "Ada 🌞", "body": 'says "hello"'}
    assert urgent["data"] == {"post": "abc"}
    android = {"collapse_key": TOPIC_ID, "priority": "HIGH", "ttl": "86400s", "notification": {"tag": TOPIC_ID}}
    assert urgent["android"] == android
    assert urgent["apns"]["headers"]["apns-priority"] == "10"
    assert urgent["webpush"]["headers"] == {"TTL": "86400", "Urgency": "high", "Topic": TOPIC_ID}
    assert (other["android"]["priority"], other["webpush"]["headers"]["Urgency"]) == ("NORMAL", "low")
    assert len(services.access_tokens) == 1


async def test_a_browser(services: PushServices, web: WebPush) -> None:
    browser = services.browser("grace")
    device = Device(browser.endpoint, **browser.keys)
    assert await web.send(device, CONTENT, TOPIC_ID, urgent=True) == Sent()
    assert await web.send(device, CONTENT, TOPIC_ID, urgent=False) == Sent()
    urgent, other = services.to("grace")
    assert urgent.content == {
        "title": "Ada 🌞",
        "body": 'says "hello"',
        "tag": TOPIC_ID,
        "data": {"post": "abc"},
    }
    assert [urgent.headers[name] for name in ("ttl", "urgency", "topic")] == ["86400", "high", TOPIC_ID]
    assert other.headers["urgency"] == "low"
    assert urgent.headers["authorization"] == other.headers["authorization"], "services check it once"


def test_the_example_of_rfc_8291() -> None:
    """https://www.rfc-editor.org/rfc/rfc8291#appendix-A"""

    def raw(text: str) -> bytes:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))

    body = encrypt(
        b"When I grow up, I want to be a watermelon",
        raw("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        raw("BTBZMqHH6r4Tts7J_aSIgg"),
        derive_private_key(int.from_bytes(raw("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), SECP256R1()),
        raw("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert base64url(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
        "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


SINCE = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
A_MINUTE = timedelta(minutes=1)


def of_fcm(code: str, message: str = "", **detail: Any) -> dict[str, Any]:
    """An error as FCM v1 documents it."""
    return {"error": {"status": code, "message": message, "details": [{"@type": FCM_ERROR, "errorCode": code}, detail]}}


NOT_A_TOKEN = "The registration token is not a valid FCM registration token"


@pytest.mark.parametrize(
    ("platform", "status", "answer", "headers", "outcome"),
    [
        ("apns", 410, {"reason": "Unregistered", "timestamp": int(SINCE.timestamp() * 1000)}, {}, Gone(SINCE)),
        ("apns", 400, {"reason": "BadDeviceToken"}, {}, Gone()),
        ("apns", 400, {"reason": "PayloadEmpty"}, {}, Rejected("400 PayloadEmpty")),
        ("apns", 413, {"reason": "PayloadTooLarge"}, {}, Rejected("413 PayloadTooLarge")),
        ("apns", 403, {"reason": "InvalidProviderToken"}, {}, RetryLater("403 InvalidProviderToken")),
        (
            "apns",
            429,
            {"reason": "TooManyRequests"},
            {"retry-after": "60"},
            RetryLater("429 TooManyRequests", A_MINUTE),
        ),
        ("apns", 503, {"reason": "ServiceUnavailable"}, {}, RetryLater("503 ServiceUnavailable")),
        ("fcm", 404, of_fcm("UNREGISTERED"), {}, Gone()),
        ("fcm", 403, of_fcm("SENDER_ID_MISMATCH"), {}, Gone()),
        ("fcm", 400, of_fcm("INVALID_ARGUMENT", NOT_A_TOKEN), {}, Gone()),
        ("fcm", 400, of_fcm("INVALID_ARGUMENT", fieldViolations=[{"field": "message.token"}]), {}, Gone()),
        ("fcm", 400, of_fcm("INVALID_ARGUMENT", "too big"), {}, Rejected("400 too big")),
        ("fcm", 404, {"error": {"message": "no such project"}}, {}, Rejected("404 no such project")),
        ("fcm", 429, of_fcm("QUOTA_EXCEEDED", "slow"), {}, RetryLater("429 slow", A_MINUTE)),
        ("fcm", 503, of_fcm("UNAVAILABLE", "busy"), {"retry-after": "60"}, RetryLater("503 busy", A_MINUTE)),
        ("web", 404, {}, {}, Gone()),
        ("web", 410, {}, {}, Gone()),
        ("web", 413, {}, {}, Rejected("413 b'{}'")),
        ("web", 307, {}, {"location": "https://elsewhere.example"}, Rejected("307 b'{}'")),
        ("web", 429, {}, {"retry-after": "60"}, RetryLater("429", A_MINUTE)),
        ("web", 429, {}, {"retry-after": "999999999999"}, RetryLater("429", timedelta(days=1))),
        ("web", 500, {}, {"retry-after": "soon"}, RetryLater("500")),
    ],
)
async def test_what_they_answer(
    services: PushServices,
    apns: Apns,
    fcm: Fcm,
    web: WebPush,
    platform: str,
    status: int,
    answer: dict[str, Any],
    headers: dict[str, str],
    outcome: Outcome,
) -> None:
    senders: dict[str, Sender] = {"apns": apns, "fcm": fcm, "web": web}
    sender = senders[platform]
    browser = services.browser(PHONE)
    device = Device(browser.endpoint, **browser.keys) if platform == "web" else Device(PHONE)
    services.will_answer(PHONE, status, answer, **headers)
    assert await sender.send(device, CONTENT, TOPIC_ID, urgent=True) == outcome
    assert len(services.received) == 1
    assert await sender.send(device, CONTENT, TOPIC_ID, urgent=True) == Sent()


async def test_retry_after_can_be_a_date(services: PushServices, apns: Apns, now: Clock) -> None:
    date = (now() + A_MINUTE).strftime("%a, %d %b %Y %H:%M:%S GMT")
    services.will_answer(PHONE, 503, **{"retry-after": date})
    outcome = await apns.send(Device(PHONE), CONTENT, TOPIC_ID, urgent=True)
    assert isinstance(outcome, RetryLater)
    assert timedelta(seconds=55) < outcome.after <= A_MINUTE


async def test_an_expired_token_of_apns_is_renewed_once(services: PushServices, apns: Apns) -> None:
    expired = {"reason": "ExpiredProviderToken"}
    services.will_answer(PHONE, 403, expired)
    assert await apns.send(Device(PHONE), CONTENT, TOPIC_ID, urgent=True) == Sent()
    first, second = services.received
    assert first.headers["authorization"] != second.headers["authorization"]
    services.will_answer(PHONE, 403, expired)
    services.will_answer(PHONE, 403, expired)
    assert await apns.send(Device(PHONE), CONTENT, TOPIC_ID, urgent=True) == RetryLater("403 ExpiredProviderToken")
    assert len(services.received) == 4


async def test_tokens_are_renewed_before_they_expire(
    services: PushServices, apns: Apns, fcm: Fcm, web: WebPush, now: Clock
) -> None:
    browser = services.browser("grace")
    with now.moved(minutes=55):
        assert await fcm.send(Device("phone"), CONTENT, TOPIC_ID, urgent=True) == Sent()
    for minutes in (61, 200, 7 * 60, 13 * 60):
        with now.moved(minutes=minutes):
            assert await apns.send(Device(PHONE), CONTENT, TOPIC_ID, urgent=True) == Sent()
            assert await web.send(Device(browser.endpoint, **browser.keys), CONTENT, TOPIC_ID, urgent=True) == Sent()
    assert {each.status for each in services.received} == {200, 201}
    with now.moved(minutes=55 + 61):
        assert await fcm.send(Device("phone"), CONTENT, TOPIC_ID, urgent=True) == Sent()
    assert len(services.access_tokens) == 2


async def test_an_access_token_that_was_revoked_is_renewed(services: PushServices, fcm: Fcm) -> None:
    assert await fcm.send(Device("phone"), CONTENT, TOPIC_ID, urgent=True) == Sent()
    services.access_tokens.append("another")
    assert await fcm.send(Device("phone"), CONTENT, TOPIC_ID, urgent=True) == Sent()
    assert [each.status for each in services.received] == [200, 401, 200]


async def test_services_that_are_away_come_back(apns: Apns, fcm: Fcm, web: WebPush, now: Clock) -> None:
    services = PushServices(credentials(), now)
    browser = services.browser("grace")
    phone, subscription = Device(PHONE), Device(browser.endpoint, **browser.keys)
    ways: list[tuple[Sender, Device]] = [(apns, phone), (fcm, phone), (web, subscription)]
    for sender, device in ways:
        outcome = await sender.send(device, CONTENT, TOPIC_ID, urgent=True)
        assert isinstance(outcome, RetryLater)
        assert "ConnectError" in outcome.reason
    async with services.served():
        for sender, device in ways:
            assert await sender.send(device, CONTENT, TOPIC_ID, urgent=True) == Sent()
            await sender.close()


@pytest.mark.parametrize(
    "habits",
    [
        Habits(),
        Habits(streams=1, streams_later=1000),
        Habits(streams=5, streams_later=5),
        Habits(requests=150),
        Habits(cut=150),
    ],
    ids=str,
)
async def test_many_at_once(apns: Apns, now: Clock, habits: Habits) -> None:
    """However a server treats its connections: APNs itself begins with one stream, and takes more once it knows us."""
    tokens = [f"{n:064x}" for n in range(500)]
    services = PushServices(credentials(), now)
    async with services.served(habits):
        outcomes = await asyncio.gather(*(apns.send(Device(token), CONTENT, TOPIC_ID, urgent=True) for token in tokens))
    assert outcomes == [Sent()] * len(tokens)
    assert {each.token for each in services.received} == set(tokens)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d70e", True),
        ("::ffff:93.184.215.14", True),
        ("2002:5db8:d70e::1", True),
        ("2002:7f00:1::1", False),
        ("2002:a9fe:a9fe::1", False),
        ("::ffff:169.254.169.254", False),
        ("64:ff9b:1::a00:1", False),
        ("::7f00:1", False),
        ("2001:0:5db8:d70e::1", False),
        ("fec0::1", False),
        ("2001:db8::1", False),
        ("3fff::1", False),
        ("5f00::1", False),
        ("ff02::1", False),
        ("192.0.2.1", False),
        ("198.51.100.1", False),
        ("203.0.113.1", False),
        ("198.18.0.1", False),
        ("192.88.99.1", False),
        ("192.0.0.8", False),
    ],
)
def test_what_is_public(address: str, public: bool) -> None:
    assert is_public(address) == public


async def test_nothing_inside_is_reached(services: PushServices, now: Clock) -> None:
    browser = services.browser("grace")
    sender = WebPush(pem(credentials().web), CONTACT, now)
    for host in ("127.0.0.1", "localhost", "[::1]", "0x7f.1", "2130706433"):
        device = Device(browser.endpoint.replace("127.0.0.1", host), **browser.keys)
        outcome = await sender.send(device, CONTENT, TOPIC_ID, urgent=True)
        assert isinstance(outcome, (Rejected, RetryLater)), host
    await sender.close()
    assert services.received == []
    guard = Guard()
    with pytest.raises(NotPublic):
        await guard.connect_tcp("localhost", credentials().port, 1)
    guard.close()


async def test_an_answer_is_not_read_to_its_end(services: PushServices) -> None:
    http = Http()
    answer = await http.send("POST", f"{credentials().origin}/long", {}, b"")
    assert (answer.status, len(answer.body)) == (200, MAX_ANSWER)
    await http.close()


@pytest.mark.parametrize("key", ["", "no key", pem(credentials().fcm)[:200], pem(credentials().fcm)])
def test_a_key_that_is_none_is_found_at_once(key: str, now: Clock) -> None:
    for name, make in (
        ("APNs", lambda: Apns(key, KEY_ID, TEAM, TOPIC, "https://push.example", now)),
        ("FCM", lambda: Fcm(credentials().account.replace("PRIVATE KEY", "DOOR"), "https://push.example", now)),
        ("FCM", lambda: Fcm("{}", "https://push.example", now)),
        (".", lambda: WebPush(key, CONTACT, now)),
        ("contact", lambda: WebPush(pem(credentials().web), "ops@example.org", now)),
    ):
        with pytest.raises(ValueError, match=name):
            make()
