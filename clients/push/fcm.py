"""Firebase Cloud Messaging, HTTP v1.

https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
https://developers.google.com/identity/protocols/oauth2/service-account (access tokens, RFC 7523)
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
import msgspec

from clients.http import Answer, Http, Unreachable
from clients.push import LIFE, Address, Content, Gone, Outcome, Rejected, RetryLater, Sent
from kit.clock import Clock

_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_AN_HOUR = timedelta(hours=1)
_EARLY = timedelta(minutes=1)
_WITHOUT_RETRY_AFTER = timedelta(minutes=1)


class ServiceAccount(msgspec.Struct, frozen=True):
    """The fields that we use of the JSON file of a Google service account."""

    project_id: str
    client_email: str
    private_key: str
    token_uri: str


class Fcm:
    """Sends to the apps of one Firebase project."""

    def __init__(self, account: str, endpoint: str, clock: Clock) -> None:
        """`account` is a service account's JSON. Raises ValueError if it is malformed."""
        self._clock = clock
        try:
            self._account = msgspec.json.decode(account, type=ServiceAccount)
            self._assertion()
        except (jwt.InvalidKeyError, ValueError, TypeError) as error:
            raise ValueError(f"the service account of FCM: {error}") from None
        self._http = Http()
        self._url = f"{endpoint}/v1/projects/{self._account.project_id}/messages:send"
        self._token, self._good_until = "", clock()
        self._renewing = asyncio.Lock()

    async def send(self, device: Address, content: Content, collapse_id: str, *, urgent: bool) -> Outcome:
        """As `clients.push.Sender`."""
        body = msgspec.json.encode({"message": self._message(device.token, content, collapse_id, urgent=urgent)})
        try:
            token = await self._fresh(stale="")
            answer = await self._post(token, body)
            if answer.status == 401:
                answer = await self._post(await self._fresh(stale=token), body)
        except Unreachable as error:
            return RetryLater(str(error))
        return self._outcome(answer)

    async def close(self) -> None:
        """As `clients.push.Sender`."""
        await self._http.close()

    def _message(self, token: str, content: Content, collapse_id: str, *, urgent: bool) -> dict[str, Any]:
        """With `tag` and its like, as `collapse_key` stands for what has not been delivered yet."""
        seconds = int(LIFE.total_seconds())
        return {
            "token": token,
            "notification": {"title": content.title, "body": content.body},
            "data": content.data,
            "android": {
                "collapse_key": collapse_id,
                "priority": "HIGH" if urgent else "NORMAL",
                "ttl": f"{seconds}s",
                "notification": {"tag": collapse_id},
            },
            "apns": {
                "headers": {
                    "apns-collapse-id": collapse_id,
                    "apns-priority": "10" if urgent else "5",
                    "apns-expiration": str(int(self._clock().timestamp()) + seconds),
                }
            },
            "webpush": {
                "headers": {"TTL": str(seconds), "Urgency": "high" if urgent else "low", "Topic": collapse_id},
                "notification": {"tag": collapse_id},
            },
        }

    async def _post(self, token: str, body: bytes) -> Answer:
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        return await self._http.send("POST", self._url, headers, body)

    def _outcome(self, answer: Answer) -> Outcome:
        error = answer.json.get("error")
        error = error if isinstance(error, dict) else {}
        details = [detail for detail in error.get("details") or () if isinstance(detail, dict)]
        codes = {detail.get("errorCode") for detail in details}
        reason = f"{answer.status} {error.get('message', '')}"
        match answer.status:
            case 200:
                return Sent()
            case 404 if "UNREGISTERED" in codes:
                return Gone()
            case 403 if "SENDER_ID_MISMATCH" in codes:
                return Gone()
            case 400 if _is_of_the_token(error, details):
                return Gone()
            case 429:
                return RetryLater(reason, answer.pause(self._clock(), _WITHOUT_RETRY_AFTER))
            case 401 | 403 | 500 | 502 | 503 | 504:
                return RetryLater(reason, answer.pause(self._clock()))
            case _:
                return Rejected(reason)

    async def _fresh(self, stale: str) -> str:
        """Return an access token other than `stale`; concurrent calls share one request. Raises Unreachable."""
        async with self._renewing:
            if self._token == stale or self._good_until <= self._clock():
                await self._renew()
            return self._token

    async def _renew(self) -> None:
        form = urlencode({"grant_type": _GRANT, "assertion": self._assertion()}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer = await self._http.send("POST", self._account.token_uri, headers, form)
        token, seconds = answer.json.get("access_token"), answer.json.get("expires_in")
        if answer.status != 200 or not isinstance(token, str) or not isinstance(seconds, int):
            raise Unreachable(f"no access token: {answer.status} {answer.json.get('error', '')}")
        self._token, self._good_until = token, self._clock() + timedelta(seconds=seconds) - _EARLY

    def _assertion(self) -> str:
        now: datetime = self._clock()
        claims = {
            "iss": self._account.client_email,
            "scope": _SCOPE,
            "aud": self._account.token_uri,
            "iat": int(now.timestamp()),
            "exp": int((now + _AN_HOUR).timestamp()),
        }
        return jwt.encode(claims, self._account.private_key, algorithm="RS256")


def _is_of_the_token(error: dict[str, Any], details: list[dict[str, Any]]) -> bool:
    """Whether an INVALID_ARGUMENT is about the device's token, and not about what is sent there."""
    fields = {
        violation.get("field")
        for detail in details
        for violation in detail.get("fieldViolations") or ()
        if isinstance(violation, dict)
    }
    return "message.token" in fields or "registration token" in str(error.get("message"))
