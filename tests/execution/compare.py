"""Whether what the compiled executor answers is what the reference answers, or could have.

Data must be the same, byte for byte. Errors must be the same too where nothing is awaited. Elsewhere several siblings
that fail into the same null do so in whichever order they come to it: then each error must be one that exists, and
each null must have one that explains it.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from graphql import GraphQLError

from tests.execution.runs import Run

Place = tuple[str | int, ...]
Entry = tuple[str, Place, tuple[tuple[int, int], ...], str]


def entry(error: GraphQLError) -> Entry:
    """All of an error that a client sees."""
    return (
        plain(error.message),
        tuple(error.path or ()),
        tuple((place.line, place.column) for place in error.locations or ()),
        json.dumps(error.extensions, sort_keys=True, default=repr),
    )


_NO_BATCH = re.compile(
    r"DataLoader must be constructed with|A batch of \d+ was answered|object is not iterable$|has no len\(\)$"
)


def plain(message: str) -> str:
    """The message, with the different words that there are for an answer that is no batch made one."""
    return "not a batch" if _NO_BATCH.search(message) else message


def null_at(data: Any, path: Iterable[str | int]) -> Place | None:
    """Where the null is that an error at `path` explains; None where there is none, or no such place."""
    place: list[str | int] = []
    for key in path:
        if data is None:
            break
        place.append(key)
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return None
    return tuple(place) if data is None else None


def by_place(run: Run) -> dict[Place | None, set[Entry]]:
    """The errors by the null that they explain."""
    places: dict[Place | None, set[Entry]] = {}
    for error in run.errors:
        places.setdefault(null_at(run.data, error.path or ()), set()).add(entry(error))
    return places


def exact(reference: Run, compiled: Run) -> str | None:
    """How the two differ, if they do at all."""
    wanted, got = _json(reference.data), _json(compiled.data)
    if wanted != got:
        return f"data differs\n  reference {wanted}\n  compiled  {got}\n{_errors(reference, compiled)}"
    if Counter(map(entry, reference.errors)) != Counter(map(entry, compiled.errors)):
        return f"errors differ\n{_errors(reference, compiled)}"
    return None


def possible(reference: Run, compiled: Run, everything: Run) -> str | None:
    """How `compiled` is not what the reference could have given; `everything` is its run without propagation."""
    if _json(reference.data) != _json(compiled.data):
        return exact(reference, compiled)
    known = {entry(error) for error in everything.errors} | {entry(error) for error in reference.errors}
    wanted, got = by_place(reference), by_place(compiled)
    strict = everything.strict or {}
    for place, errors in got.items():
        if place is None:
            return f"errors that explain no null: {errors}\n{_errors(reference, compiled)}"
        if errors - known:
            return f"errors that there are not: {errors - known}\n{_errors(reference, compiled)}"
        if not any(_explains(each[1], place, strict) for each in errors):
            return f"nothing explains the null at {place}\n{_errors(reference, compiled)}"
    if got.keys() != wanted.keys():
        return f"nulls explained differ\n{_errors(reference, compiled)}"
    if len(set(map(entry, compiled.errors))) != len(compiled.errors):
        return f"an error comes twice\n{_errors(reference, compiled)}"
    return None


def _explains(path: Place, place: Place, strict: dict[Place, bool]) -> bool:
    """Whether an error at `path` nulls `place`: null is forbidden everywhere between."""
    return all(strict.get(path[:length], True) for length in range(len(place) + 1, len(path) + 1))


def _json(data: Any) -> str:
    return json.dumps(data, default=repr)


def _errors(reference: Run, compiled: Run) -> str:
    one, other = Counter(map(entry, reference.errors)), Counter(map(entry, compiled.errors))
    return f"  only reference {sorted((one - other).elements())}\n  only compiled  {sorted((other - one).elements())}"
