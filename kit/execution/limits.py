"""Limits on a document, checked on its text alone before it is validated.

Sizes are computed once for each fragment, so a document that spreads fragments in fragments costs no more to refuse
than to read.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Visitor,
    visit,
)

from kit.errors import QueryTooComplex

_INTROSPECTION = {"__schema", "__type"}
_INTROSPECTION_LISTS = {"fields", "interfaces", "possibleTypes", "inputFields"}


@dataclass(frozen=True)
class Bounds:
    """The largest document that is accepted.

    Depth and root fields are counted with fragments expanded, aliases as written; `fields` with fragments expanded in
    each operation and each fragment, since validation looks at all of these, used or not. `comparisons` bounds
    how often fields with one response name meet at one place in the answer: validation compares each two of them
    ("fields can be merged", https://spec.graphql.org/October2021/#sec-Field-Selection-Merging), which is quadratic. Two
    fields with arguments or selections count ten times as much as two without.
    """

    tokens: int = 2000
    depth: int = 12
    introspection_depth: int = 16
    introspection_lists: int = 3
    aliases: int = 30
    root_fields: int = 20
    fields: int = 4000
    comparisons: int = 50_000


def check(document: DocumentNode, bounds: Bounds) -> None:
    """Raise QueryTooComplex where `document` is larger than `bounds`. Needs no schema; validity is not assumed."""
    fragments = fragments_of(document)
    aliases = _Aliases()
    visit(document, aliases)
    if aliases.count > bounds.aliases:
        raise QueryTooComplex(f"The document has too many aliases (limit: {bounds.aliases}).")
    merged = _Merged(fragments, bounds)
    for definition in document.definitions:
        selections = getattr(definition, "selection_set", None)
        if selections is not None and not merged.fits(selections):
            raise QueryTooComplex(
                f"A document may select at most {bounds.fields:,} fields, fragments expanded, and the same field in "
                "the same place only a few times: remove repeated selections."
            )
    for operation in document.definitions:
        if not isinstance(operation, OperationDefinitionNode):
            continue
        roots = _root_fields(operation.selection_set, fragments)
        if roots.total() > bounds.root_fields:
            raise QueryTooComplex(f"The operation has too many root fields (limit: {bounds.root_fields}). Split it.")
        depth, introspection, lists = _depths(operation.selection_set, fragments)
        if depth > bounds.depth or introspection > bounds.introspection_depth:
            raise QueryTooComplex(f"The document is nested too deeply (limit: {bounds.depth} levels of fields).")
        if lists > bounds.introspection_lists:
            raise QueryTooComplex("The introspection query nests lists of the schema too deeply.")
        if not _INTROSPECTION.isdisjoint(roots) and roots.total() - roots["__typename"] > 1:
            raise QueryTooComplex("An introspection query can have only one root field: `__schema` or `__type`.")


def introspects(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> bool:
    """Whether an operation asks for the schema."""
    return not _INTROSPECTION.isdisjoint(_root_fields(operation.selection_set, fragments))


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """The fragments of a document by name."""
    return {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }


class _Merged:
    """Walks the answer's places, each with all selections that meet there, within the bounds of a budget."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], bounds: Bounds) -> None:
        self._fragments = fragments
        self._fields = bounds.fields
        self._comparisons = bounds.comparisons

    def fits(self, selections: SelectionSetNode) -> bool:
        """Whether all places below `selections` are within the bounds."""
        return self._walk([selections])

    def _walk(self, sets: list[SelectionSetNode]) -> bool:
        places: dict[str, list[FieldNode]] = {}
        for selections in sets:
            if not self._collect(selections, places, ()):
                return False
        for nodes in places.values():
            inner = [node.selection_set for node in nodes if node.selection_set]
            weight = 10 if inner or any(node.arguments for node in nodes) else 1
            self._comparisons -= weight * len(nodes) * (len(nodes) - 1) // 2
            if self._comparisons < 0 or (inner and not self._walk(inner)):
                return False
        return True

    def _collect(self, selections: SelectionSetNode, places: dict[str, list[FieldNode]], path: tuple[str, ...]) -> bool:
        for node in selections.selections:
            self._fields -= 1
            if self._fields < 0:
                return False
            if isinstance(node, FieldNode):
                places.setdefault((node.alias or node.name).value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                if not self._collect(node.selection_set, places, path):
                    return False
            elif isinstance(node, FragmentSpreadNode):
                name = node.name.value
                # A fragment that spreads itself is for validation to refuse.
                if name in self._fragments and name not in path:
                    inner = self._fragments[name].selection_set
                    if not self._collect(inner, places, (*path, name)):
                        return False
        return True


class _Aliases(Visitor):
    count = 0

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        self.count += node.alias is not None


def _root_fields(selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> Counter[str]:
    """The names of the root fields, and how often each is selected, fragments expanded."""
    seen: dict[str, Counter[str]] = {}

    def count(selections: SelectionSetNode) -> Counter[str]:
        total: Counter[str] = Counter()
        for node in selections.selections:
            if isinstance(node, FieldNode):
                total[node.name.value] += 1
            elif isinstance(node, InlineFragmentNode):
                total.update(count(node.selection_set))
            elif isinstance(node, FragmentSpreadNode) and node.name.value in fragments:
                name = node.name.value
                if name not in seen:
                    seen[name] = Counter()  # a fragment that spreads itself is validation's to refuse
                    seen[name] = count(fragments[name].selection_set)
                total.update(seen[name])
        return total

    return count(selections)


def _depths(selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> tuple[int, int, int]:
    """(depth, depth of introspection, lists of introspection within each other) of a selection set."""
    seen: dict[str, tuple[int, int, int]] = {}

    def measure(selections: SelectionSetNode) -> tuple[int, int, int]:
        deepest = (0, 0, 0)
        for node in selections.selections:
            if isinstance(node, FieldNode):
                found = within(node)
            elif isinstance(node, InlineFragmentNode):
                found = measure(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value in fragments:
                name = node.name.value
                if name not in seen:
                    seen[name] = (0, 0, 0)
                    seen[name] = measure(fragments[name].selection_set)
                found = seen[name]
            else:
                continue
            deepest = tuple(map(max, deepest, found))  # type: ignore[assignment]
        return deepest

    def within(node: FieldNode) -> tuple[int, int, int]:
        depth, introspection, lists = measure(node.selection_set) if node.selection_set else (0, 0, 0)
        name = node.name.value
        if name in ("__schema", "__type"):
            return 1, max(depth, introspection) + 1, lists
        return depth + 1, introspection, lists + (name in _INTROSPECTION_LISTS)

    return measure(selections)
