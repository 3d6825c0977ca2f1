"""Apple Push Notification service, with a provider token.

https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
"""

from datetime import UTC, datetime, timedelta

import jwt
import msgspec

from clients.http import Answer, Http, Unreachable
from clients.push import LIFE, Address, Content, Gone, Outcome, Rejected, RetryLater, Sent
from kit.clock import Clock

TOKEN_LIFE = timedelta(minutes=50)
"""APNs wants another after 20 to 60 minutes."""

_OF_A_DEAD_DEVICE = {"BadDeviceToken", "DeviceTokenNotForTopic"}


class Apns:
    """Sends to devices of one app."""

    def __init__(self, key: str, key_id: str, team_id: str, topic: str, endpoint: str, clock: Clock) -> None:
        """`key` is the text of a .p8 file, `topic` the app's bundle ID. Raises ValueError if the key is malformed."""
        self._http = Http()
        self._key, self._key_id, self._team_id, self._topic = key, key_id, team_id, topic
        self._endpoint = endpoint
        self._clock = clock
        self._token, self._made_at = self._make(), clock()

    async def send(self, device: Address, content: Content, collapse_id: str, *, urgent: bool) -> Outcome:
        """As `clients.push.Sender`."""
        alert = {"title": content.title, "body": content.body}
        body = msgspec.json.encode(content.data | {"aps": {"alert": alert} | ({"sound": "default"} if urgent else {})})
        headers = {
            "apns-topic": self._topic,
            "apns-push-type": "alert",
            "apns-priority": "10" if urgent else "5",
            "apns-expiration": str(int((self._clock() + LIFE).timestamp())),
            "apns-collapse-id": collapse_id,
        }
        url = f"{self._endpoint}/3/device/{device.token}"
        if self._made_at + TOKEN_LIFE <= self._clock():
            self._renew(self._token)
        try:
            token = self._token
            answer = await self._http.send("POST", url, headers | {"authorization": f"bearer {token}"}, body)
            if answer.status == 403 and answer.json.get("reason") == "ExpiredProviderToken":
                self._renew(token)
                answer = await self._http.send("POST", url, headers | {"authorization": f"bearer {self._token}"}, body)
        except Unreachable as error:
            return RetryLater(str(error))
        return self._outcome(answer)

    async def close(self) -> None:
        """As `clients.push.Sender`."""
        await self._http.close()

    def _outcome(self, answer: Answer) -> Outcome:
        reason = f"{answer.status} {answer.json.get('reason', '')}"
        match answer.status:
            case 200:
                return Sent()
            case 410:
                return Gone(_instant(answer.json.get("timestamp")))
            case 400 if answer.json.get("reason") in _OF_A_DEAD_DEVICE:
                return Gone()
            # 403: our token is not valid, which a new one can fix.
            case 403 | 429 | 500 | 502 | 503 | 504:
                return RetryLater(reason, answer.pause(self._clock()))
            case _:
                return Rejected(reason)

    def _renew(self, stale: str) -> None:
        """Make another token, unless another task has replaced the stale one."""
        if self._token == stale:
            self._token, self._made_at = self._make(), self._clock()

    def _make(self) -> str:
        claims = {"iss": self._team_id, "iat": int(self._clock().timestamp())}
        try:
            return jwt.encode(claims, self._key, algorithm="ES256", headers={"kid": self._key_id})
        except (jwt.InvalidKeyError, ValueError, TypeError) as error:
            raise ValueError(f"the key of APNs: {error}") from None


def _instant(milliseconds: object) -> datetime | None:
    """When APNs found that the token was not valid any longer."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if isinstance(milliseconds, int) else None
