"""Delivery of push notifications to devices that are offline.

Enqueued pushes (`domain/push/queue`) are claimed, rendered and sent concurrently: a push service that does not answer
delays no other push. A push is deleted after it was sent. If the worker dies in between, it is sent a second time, and
replaces the first one on the device.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

from clients.postgres import Unavailable
from clients.push import Gone, Outcome, Rejected, RetryLater, Sender
from clients.push.apns import Apns
from clients.push.fcm import Fcm
from clients.push.web import WebPush
from clients.redis import RedisError
from config import Settings
from domain import parking, presence
from domain.messages import push_text as messages
from domain.notifications import summary_text as notifications
from domain.push import actions, queue, reads
from domain.push.rows import Content, Device, Push, PushKind, Render
from kit import clock
from workers import kill_points
from workers.loop import forever
from workers.parts import Parts

log = logging.getLogger(__name__)

RENDERERS: dict[str, Render] = {PushKind.MESSAGE: messages.pushes, PushKind.NOTIFICATION: notifications.pushes}
"""By kind: what pushes say."""

AT_ONCE = 200
TRIES = 20
_SEND = 60.0
_PAUSE = 0.2
_REPORT = 60.0
_GOODBYE = 5.0
_FIRST_RETRY = timedelta(seconds=10)
_LONGEST_RETRY = timedelta(hours=1)


async def run(parts: Parts, renderers: Mapping[str, Render] = RENDERERS, now: clock.Clock = clock.now) -> None:
    """Send until cancelled. Raises ValueError if a key in the settings is malformed."""
    senders = _senders(parts.settings, now)
    worker = Worker(parts, renderers, senders)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(forever("push", worker.step, _PAUSE))
            tasks.create_task(forever("push report", worker.report, _REPORT))
    finally:
        await worker.close()
        for sender in senders.values():
            await sender.close()


def _senders(settings: Settings, now: clock.Clock) -> dict[str, Sender]:
    """Senders by platform, for platforms with credentials."""
    senders: dict[str, Sender] = {}
    if settings.apns_key:
        senders["APNS"] = Apns(
            settings.apns_key,
            str(settings.apns_key_id),
            str(settings.apns_team_id),
            str(settings.apns_topic),
            settings.apns_endpoint,
            now,
        )
    if settings.fcm_account:
        senders["FCM"] = Fcm(settings.fcm_account, settings.fcm_endpoint, now)
    if settings.web_push_key:
        senders["WEB_PUSH"] = WebPush(
            settings.web_push_key, str(settings.web_push_contact), now, private=settings.web_push_private
        )
    return senders


class Worker:
    """Sends up to 200 pushes at a time, each to all of its recipient's devices."""

    def __init__(self, parts: Parts, renderers: Mapping[str, Render], senders: Mapping[str, Sender]) -> None:
        self._parts = parts
        self._renderers = renderers
        self._senders = senders
        self._tasks: set[asyncio.Task[None]] = set()
        self._outcomes: Counter[str] = Counter()
        self._reasons: dict[str, str] = {}

    async def step(self) -> bool:
        """Start on due pushes; False if there are none. Raises what PostgreSQL raises."""
        free = AT_ONCE - len(self._tasks)
        if not free:
            await asyncio.wait(self._tasks, timeout=_SEND, return_when=asyncio.FIRST_COMPLETED)
            return True
        pushes = await queue.claim(self._parts.db, free)
        if pushes:
            kill_points.reached("push claimed")
            await self._begin(pushes)
        return bool(pushes)

    async def report(self) -> None:
        """Log the results since the last time, with the last reason of each kind of failure."""
        if self._outcomes:
            numbers = [f"{count} {name}{self._reasons.get(name, '')}" for name, count in sorted(self._outcomes.items())]
            log.info("push: %s", ", ".join(numbers))
            self._outcomes.clear()
            self._reasons.clear()

    async def close(self) -> None:
        """Wait shortly for sends in progress; cancelled ones are leased again when their lease expires."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_GOODBYE)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _begin(self, pushes: Sequence[Push]) -> None:
        """Read the data of these pushes together, then send each separately. Unknown kinds are parked."""
        unknown = [push for push in pushes if push.kind not in self._renderers]
        for push in unknown:
            log.error("push: %d of the unknown kind %r is parked", push.id, push.kind)
            await queue.park(self._parts.db, push, parking.UNKNOWN, "No worker can render this kind of push.")
        pushes = [push for push in pushes if push not in unknown]
        people = list({push.user_id for push in pushes})
        online = await self._online(people)
        devices = dict(zip(people, await reads.devices_of(self._parts.db, people), strict=True))
        contents = await self._render([push for push in pushes if push.user_id not in online and devices[push.user_id]])
        for push in pushes:
            if push.user_id in online:
                work = self._leave(push)
            elif not devices[push.user_id]:
                work = queue.done(self._parts.db, push)
            elif push.id not in contents and push.attempt >= TRIES:
                work = queue.park(self._parts.db, push, parking.FAILED, "It could not be rendered.")
            elif push.id not in contents:
                work = self._try_again(push, push.left_devices)
            else:
                work = self._deliver(push, contents[push.id], devices[push.user_id])
            task = asyncio.create_task(work, name=f"push {push.id}")
            self._tasks.add(task)
            task.add_done_callback(self._forget)

    async def _online(self, people: Sequence[int]) -> set[int]:
        try:
            return await presence.online(self._parts.redis, people)
        except (RedisError, OSError) as error:
            # A duplicate push does less harm than a missing one.
            log.warning("push: nobody knows who is online: %r", error)
            return set()

    async def _render(self, pushes: Sequence[Push]) -> dict[int, Content | None]:
        """Return the text of each push by its ID; those that could not be rendered are left out."""
        contents: dict[int, Content | None] = {}
        for kind in {push.kind for push in pushes}:
            contents |= await self._render_kind(kind, [push for push in pushes if push.kind == kind])
        return contents

    async def _render_kind(self, kind: str, pushes: Sequence[Push]) -> dict[int, Content | None]:
        """Render the pushes. If that fails, render halves, until only the failing ones are left out."""
        try:
            asked = [(push.user_id, push.subject_id) for push in pushes]
            said = await self._renderers[kind](self._parts.db, kind, asked)
            return dict(zip([push.id for push in pushes], said, strict=True))
        except Unavailable as error:
            log.warning("push: %d of the kind %s wait: %r", len(pushes), kind, error)
            return {}
        except Exception:
            if len(pushes) > 1:
                half = len(pushes) // 2
                return await self._render_kind(kind, pushes[:half]) | await self._render_kind(kind, pushes[half:])
            log.exception("push: %s %d could not be rendered", kind, pushes[0].id)
            return {}

    async def _leave(self, push: Push) -> None:
        """A connected user gets no push. A user who was connected only when it was enqueued gets one."""
        if push.age < presence.TTL:
            await queue.put_off(self._parts.db, push, presence.TTL - push.age, push.left_devices)
        else:
            await queue.done(self._parts.db, push)

    async def _deliver(self, push: Push, content: Content | None, devices: Sequence[Device]) -> None:
        """Send a push to the devices that it has not reached, and record the results."""
        if push.left_devices is not None:
            devices = [device for device in devices if device.id in push.left_devices]
        if content is None:
            await queue.done(self._parts.db, push)
            return
        outcomes = await asyncio.gather(*(self._send(push, content, device) for device in devices))
        kill_points.reached("push sent")
        left, after = [], timedelta()
        for device, outcome in zip(devices, outcomes, strict=True):
            name = f"{device.platform} {type(outcome).__name__.lower()}"
            self._outcomes[name] += 1
            match outcome:
                case Gone(since):
                    await actions.remove_dead(self._parts.db, device, since)
                case Rejected(reason):
                    self._reasons[name] = f" ({reason})"
                case RetryLater(reason, wait):
                    self._reasons[name] = f" ({reason})"
                    left.append(device.id)
                    after = max(after, wait)
        if left:
            await self._try_again(push, left, after)
        else:
            await queue.done(self._parts.db, push)

    async def _try_again(self, push: Push, left_devices: list[int] | None, after: timedelta = timedelta()) -> None:
        """Return the pause: doubling from 10 s to an hour, plus up to half of it at random; not before `after`."""
        if push.attempt >= TRIES or push.age >= queue.LIFE:
            log.warning("push: %s %d is given up", push.kind, push.id)
            await queue.done(self._parts.db, push)
            return
        pause = min(_FIRST_RETRY * 2 ** min(push.attempt - 1, 10), _LONGEST_RETRY)
        spread: float = random.uniform(1, 1.5)
        await queue.put_off(self._parts.db, push, max(pause, after) * spread, left_devices)

    async def _send(self, push: Push, content: Content, device: Device) -> Outcome:
        sender = self._senders.get(device.platform)
        if sender is None:
            return Rejected("there are no credentials")
        try:
            async with asyncio.timeout(_SEND):
                return await sender.send(device, content, push.collapse_id, urgent=push.urgent)
        except Exception as error:
            log.exception("push: %s", device.platform)
            return RetryLater(type(error).__name__)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("%s is left until its lease has run out", task.get_name(), exc_info=error)
