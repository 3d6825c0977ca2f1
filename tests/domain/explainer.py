"""What the database would do for the statements of a function."""

import contextlib
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import asyncpg

PASSING = {"tallies"}
"""Holds what was done in the last two seconds; the repairer reads all of it."""


class Explainer:
    """Stands for the pool and for its only connection. Explains each statement before it runs."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self.statements: list[str] = []
        self.scans: dict[str, None] = {}  # in their order
        for method in ("fetch", "fetchrow", "fetchval", "execute"):
            setattr(self, method, self._explained(getattr(connection, method)))

    def acquire(self) -> contextlib.AbstractAsyncContextManager["Explainer"]:
        return contextlib.nullcontext(self)

    def transaction(self) -> contextlib.AbstractAsyncContextManager[object]:
        return self._connection.transaction()

    def _explained(self, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def run(sql: str, *args: object) -> Any:
            self.statements.append(sql)
            [plan] = json.loads(await self._connection.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *args))
            tables = {node["Relation Name"] for node in _nodes(plan["Plan"]) if "Seq Scan" in node["Node Type"]}
            tables -= PASSING
            self.scans |= {f"{table} is read from end to end by:\n{sql}": None for table in sorted(tables)}
            return await method(sql, *args)

        return run


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
