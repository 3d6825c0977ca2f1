"""What stands beside execution: to lay out a document, to keep it, to write JSON and to compress it."""

import gc
import importlib
import statistics
import time
import tracemalloc
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import orjson
from graphql import parse

from bench import cpu
from bench.load import Load, ask
from bench.readers import QUERY
from bench.rivals import Rival
from kit.execution import CompiledExecutor
from kit.execution.executor import plans_of
from schema.api import build

_TIMES = 40
_COLD_ROUNDS, _COLD_DOCUMENTS = 6, 40
GOAL_MS = 5
GOAL_COLD = 1.3


def compiling() -> None:
    """Print how long it takes to lay out bench/feed.graphql for our schema, and what is kept of it."""
    schema = build()._schema
    # As in a server: what was there before is looked at by no collection.
    gc.collect()
    gc.freeze()
    took = [_compiled(schema, _named(number))[1] for number in range(_TIMES)][1:]  # the first finds caches empty
    ms = statistics.median(took) * 1e3
    print(f"\nto compile a document: {ms:.2f} ms ({min(took) * 1e3:.2f} to {max(took) * 1e3:.2f}; goal {GOAL_MS})")
    kept: list[Any] = []
    tracemalloc.start()
    for number in range(_TIMES):
        kept.append(parse(_named(number)))
    parsed = tracemalloc.get_traced_memory()[0] / _TIMES
    kept.clear()
    tracemalloc.clear_traces()
    for number in range(_TIMES):
        kept.append(_compiled(schema, _named(number))[0])
    compiled = tracemalloc.get_traced_memory()[0] / _TIMES
    tracemalloc.stop()
    print(f"memory of a document: {compiled / 1024:.0f} KB, of which parsed {parsed / 1024:.0f} KB")


def _named(number: int) -> str:
    """The query as another document."""
    return QUERY.replace("query Feed", f"query Feed{number}")


def _compiled(schema: Any, text: str) -> tuple[Any, float]:
    """A document with its plan, and how long it took to make the latter, in seconds of processor time."""
    document = parse(text)
    executor: Any = CompiledExecutor.build(schema, document)
    began = time.process_time()
    plans_of(executor).plan(executor, None)
    return document, time.process_time() - began


async def cold(load: Load, ours: Rival, reference: Rival) -> None:
    """Print what documents that nobody has sent before cost us, over what they cost graphql-core."""
    print()
    for times, named in ((1, "once"), (2, "twice"), (10, "ten times")):
        ratios = []
        for number in range(_COLD_ROUNDS):
            texts = [_named(100_000 * times + 1000 * number + each) for each in range(_COLD_DOCUMENTS)] * times
            spent = []
            for rival in (ours, reference):
                before = cpu.spent(rival.pid)
                await load.answers([ask(rival.asks[0].port, "1", text) for text in texts])
                spent.append(cpu.spent(rival.pid) - before)
            ratios.append(spent[0] / spent[1])
        ratio = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"documents sent {named}, ours / graphql-core: {ratio}{f'; goal {GOAL_COLD}' if times == 1 else ''}")


def answering(answer: bytes) -> None:
    """Print what it costs to write an answer as JSON, and to compress it."""
    data = orjson.loads(answer)
    print(f"\nan answer of {len(answer):,} bytes")
    print(f"  to write it (orjson): {_microseconds(partial(orjson.dumps, data)):,.0f} us")
    for name, compress in _compressors():
        size = len(compress(answer))
        cost = _microseconds(partial(compress, answer))
        print(f"  {name:<14} {cost:6,.0f} us, {size:6,} bytes ({size / len(answer):.0%})")


def _compressors() -> Sequence[tuple[str, Callable[[bytes], bytes]]]:
    found: list[tuple[str, Callable[[bytes], bytes]]] = [
        (f"zlib, level {level}", partial(_compress, zlib.compress, level)) for level in (1, 6)
    ]
    for module, levels in (("isal.isal_zlib", (0, 1, 3)), ("zstandard", (1, 3))):
        name = module.split(".")[0]
        try:
            loaded = importlib.import_module(module)
        except ImportError:
            print(f"  ({name} is not installed)")
            continue
        found += [(f"{name}, level {level}", partial(_compress, loaded.compress, level)) for level in levels]
    return found


def _compress(compress: Callable[[bytes, int], bytes], level: int, data: bytes) -> bytes:
    return compress(data, level)


def _microseconds(work: Callable[[], object]) -> float:
    """Of processor time, the median of some."""
    took = []
    for _ in range(_TIMES):
        began = time.process_time()
        for _ in range(10):
            work()
        took.append((time.process_time() - began) / 10)
    return statistics.median(took) * 1e6
