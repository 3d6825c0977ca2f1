"""Tables of the documentation that are made from the code: `make docs` writes them.

A page holds `<!-- table: NAME -->`, the table, and `<!-- end of table -->`.
"""

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import get_args

from domain import events, retention
from domain.feed import fanout as feed
from domain.notifications import notify as notifications
from domain.search import indexing
from tests.support import redis_keys
from workers import fanout, notify
from workers.registry import WORKERS

DOCS = Path(__file__).parents[2] / "docs"
_MARKED = re.compile(r"(<!-- table: ([\w -]+) -->\n).*?(<!-- end of table -->)", re.DOTALL)


def lifetime(time: timedelta) -> str:
    """A time in the largest unit that divides it; two days and more in days."""
    if not time:
        return "at once"
    seconds = round(time.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        count = seconds // size
        if seconds % size == 0 and (unit != "day" or count > 1):
            return f"{count:,} {unit}" + "s" * (count != 1)
    raise AssertionError(time)


def _pause(time: timedelta) -> str:
    return lifetime(timedelta(seconds=round(time.total_seconds()))).removeprefix("1 ")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    head = list(head)
    lines = [head, ["---"] * len(head), *map(list, rows)]
    # The line below the head has no spaces.
    return "".join("|" + "|".join(line) + "|\n" if line[0] == "---" else f"| {' | '.join(line)} |\n" for line in lines)


def retention_table() -> str:
    """What is removed after a time."""
    return table(
        ("data", "kept for", "after", "removed by", "at a time", "function"),
        (
            (
                rule.data,
                lifetime(rule.lifetime),
                rule.since,
                f"`{rule.worker}`: {rule.step}, every {_pause(rule.pause)}",
                f"{rule.batch_size:,}" if rule.batch_size else "all",
                f"`{rule.remove.__module__.removeprefix('domain.')}.{rule.remove.__name__}`",
            )
            for rule in retention.RULES
        ),
    )


def redis_keys_table() -> str:
    """The keys in Valkey, by the module that owns them."""
    return table(
        ("key", "owner", "type", "TTL", "holds", "when it is lost"),
        (
            (
                f"`{key.pattern}`",
                f"`{module.replace('.', '/')}`",
                key.type,
                lifetime(key.ttl) if isinstance(key.ttl, timedelta) else key.ttl or "none",
                key.holds,
                key.when_lost,
            )
            for module, keys in redis_keys.declared().items()
            for key in keys
        ),
    )


def workers_table() -> str:
    """The workers."""
    return table(
        ("worker", "what it does", "processes", "reads"),
        ((f"`{name}`", worker.does, worker.how_many, worker.reads) for name, worker in WORKERS.items()),
    )


EFFECTS = {fanout.GROUP: feed.EFFECTS, notify.GROUP: notifications.EFFECTS, events.INDEX: indexing.EFFECTS}
"""By consumer group: what it does with events."""


def _stored(kind: type[events.Recorded]) -> str:
    tag = kind.__struct_config__.tag
    return f"`{kind.__name__}`" if tag == kind.__name__ else f"`{kind.__name__}` (stored as `{tag}`)"


def events_table() -> str:
    """The events, and what each consumer group does with them."""
    kinds: tuple[type[events.Recorded], ...] = get_args(events.Event)
    return table(
        ("event", "version", "recorded when", "handled by"),
        (
            (
                _stored(kind),
                str(kind.VERSION),
                events.RECORDED_WHEN[kind],
                "; ".join(f"`{group}`: {effects[kind]}" for group, effects in EFFECTS.items() if kind in effects),
            )
            for kind in kinds
        ),
    )


TABLES: dict[str, Callable[[], str]] = {
    "redis keys": redis_keys_table,
    "workers": workers_table,
    "events": events_table,
    "retention": retention_table,
}


def renewed(page: str) -> str:
    """The page with its tables as they are now."""
    return _MARKED.sub(lambda found: f"{found[1]}\n{TABLES[found[2]]()}\n{found[3]}", page)


def pages() -> list[tuple[Path, list[str]]]:
    """The pages that have tables, with the names of these."""
    found = [(path, [name for _, name, _ in _MARKED.findall(path.read_text())]) for path in sorted(DOCS.glob("*.md"))]
    return [(path, names) for path, names in found if names]


if __name__ == "__main__":
    for path, names in pages():
        path.write_text(renewed(path.read_text()))
        print(f"{path.relative_to(DOCS.parent)}: {', '.join(names)}")
