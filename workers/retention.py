"""The loops that remove what `domain/retention` says."""

from collections.abc import Coroutine, Iterator
from functools import partial
from typing import Any

from domain import retention
from domain.retention import Rule
from kit import clock
from workers.loop import forever
from workers.parts import Parts


def loops(worker: str, parts: Parts) -> Iterator[Coroutine[Any, Any, None]]:
    """A loop for each rule of this worker, but for those that have a loop of their own."""
    for rule in retention.RULES:
        if rule.worker == worker and rule.call:
            yield forever(rule.step, partial(_apply, rule, parts), rule.pause.total_seconds())


async def _apply(rule: Rule, parts: Parts) -> Any:
    return await rule.apply(parts, clock.now())
