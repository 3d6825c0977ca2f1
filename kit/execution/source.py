"""Python source for a plan: one function for every deferred field, which completes its values for all parents.

Only names that are identifiers get from the document into the source. All that stands for the schema is handed over in
the function's globals, under names of our own.
"""

import itertools
import linecache
import weakref
from collections.abc import Iterator
from keyword import iskeyword
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)

from kit.execution.fallback import NULL_PROPAGATES
from kit.execution.plan import Field, Position, ResolveMode, Selection, Unsupported, positions
from kit.execution.values import PLAIN, Deoptimize, Kinds, Known, exactly, items, leaf, names_of

_BOUNDS = {
    "int": " or not -2147483649 < {0} < 2147483648",
    "float": " or not -INFINITY < {0} < INFINITY",
}
_numbers = itertools.count(1)


class Plan:
    """A compiled operation. `source` is what it was compiled from; tracebacks show it, and which field a line is of."""

    def __init__(self, root: Selection, title: str, schema: GraphQLSchema, asynchronous: set[tuple[str, str]]) -> None:
        self.root = root
        self.asynchronous = asynchronous
        self.stages = list(_deferred(root))
        self.is_stale = False
        writer = _Writer(schema)
        for stage in self.stages:
            writer.write(stage)
        self.source = "\n".join(writer.lines) + "\n"
        self.filename = f"<plan {next(_numbers)} of {title}>"
        try:
            code = compile(self.source, self.filename, "exec")
        except SyntaxError as error:  # lists in lists in lists
            raise Unsupported(f"Python refuses its code: {error.msg}.") from None
        exec(code, writer.globals)  # noqa: S102
        for stage in self.stages:
            stage.complete = writer.globals[writer.functions[stage]]
        linecache.cache[self.filename] = (len(self.source), None, self.source.splitlines(keepends=True), self.filename)
        weakref.finalize(self, linecache.cache.pop, self.filename, None)


def _deferred(selection: Selection) -> Iterator[Field]:
    for field in selection.fields:
        if field.is_deferred:
            yield field
        for inner in field.selections.values():
            yield from _deferred(inner)


class _Writer:
    """Names end in a number, so that none is a word of Python, or another's."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.lines: list[str] = []
        self.functions: dict[Field, str] = {}
        self.globals: dict[str, Any] = {
            "Deoptimize": Deoptimize,
            "items": items,
            "NULL_PROPAGATES": NULL_PROPAGATES,
            "PLAIN": PLAIN,
            "INFINITY": float("inf"),
        }
        self._schema = schema
        self._shared: dict[tuple[str, str], str] = {}
        self._count = 0
        self._head: list[str] = []
        self._collected: list[tuple[str, str, str]] = []

    def write(self, stage: Field) -> None:
        """The function of one deferred field."""
        self._head, self._collected, body = [], [], _Block(2)
        self._stage, self._positions = stage, positions(stage, stage)
        own = self._position(self._positions[0])
        if is_leaf_type(get_named_type(stage.definition.type)) or len(self._positions) > 1:
            body.add("try:")
            with body:
                done = self._value(body, "value", self._positions, 0, ())
                body.add(f"out[{stage.key!r}] = {done}")
            body.add("except Exception:")
            body.add(f"    out[{stage.key!r}] = run.redo({own}, value, out, ())")
        else:
            body.add(f"out[{stage.key!r}] = {self._value(body, 'value', self._positions, 0, ())}")
        name = self.functions[stage] = self._name("complete", stage.key)
        self.lines += [f"def {name}(run, values, outs):  # {stage.parent.type.name}.{stage.name}"]
        self.lines += [f"    {line}" for line in self._head]
        self.lines += ["    for value, out in zip(values, outs):", *body.lines]
        found = ", ".join(f"({each})" for each in map(", ".join, self._collected))
        self.lines += [f"    return [{found}]", "", ""]

    def _value(
        self, block: "_Block", variable: str, places: list[Position], depth: int, indices: tuple[str, ...]
    ) -> str:
        """Complete what `variable` holds; the name of what holds the outcome."""
        kind: Any = places[depth].type
        may_be_null = not isinstance(kind, GraphQLNonNull)
        inner = kind if may_be_null else kind.of_type
        if is_leaf_type(inner):
            self._leaf(block, variable, inner, may_be_null=may_be_null)
            return variable
        done = self._name("done", places[0].field.key)
        if may_be_null:
            block.add(f"if {variable} is None:", f"    {done} = None", "else:")
            block.indent += 1
        if isinstance(inner, GraphQLList):
            self._list(block, variable, done, places, depth, indices)
        else:
            self._object(block, variable, done, places, depth, indices)
        if may_be_null:
            block.indent -= 1
        return done

    def _leaf(self, block: "_Block", variable: str, kind: Any, *, may_be_null: bool) -> None:
        complete = self._share("leaf", kind.name, lambda: leaf(kind))
        unless_null = f"{variable} is not None and " if may_be_null else ""
        cls = exactly(kind)
        if cls is not None:
            bounds = _BOUNDS.get(cls, "").format(variable)
            test = f"{variable}.__class__ is not {cls}{bounds}"
            test = f"({test})" if unless_null and bounds else test
            block.add(f"if {unless_null}{test}:", f"    {variable} = {complete}({variable})")
            return
        value = f"{complete}({variable})"
        if isinstance(kind, GraphQLEnumType):
            names = self._share("names", kind.name, lambda: names_of(kind))
            value = f"{names}[{variable}] if {variable}.__class__ is str else {value}"
        if may_be_null:
            block.add(f"if {variable} is not None:", f"    {variable} = {value}")
        else:
            block.add(f"{variable} = {value}")

    def _list(
        self, block: "_Block", variable: str, done: str, places: list[Position], depth: int, indices: tuple[str, ...]
    ) -> None:
        item = self._name("item", places[0].field.key)
        block.add(f"{done} = []", f"for {item} in {variable} if {variable}.__class__ is list else items({variable}):")
        with block:
            inner = self._value(block, item, places, depth + 1, (*indices, f"len({done})"))
            block.add(f"{done}.append({inner})")

    def _object(
        self, block: "_Block", variable: str, done: str, places: list[Position], depth: int, indices: tuple[str, ...]
    ) -> None:
        place = places[depth]
        kind: Any = get_named_type(place.type)
        selections = place.field.selections
        block.add("try:")
        with block:
            if is_abstract_type(kind):
                kinds = self._share("kinds", kind.name, lambda: Kinds(self._schema, kind))
                which = self._name("kind", place.field.key)
                field = self._global("FIELD", place.field)
                block.add(f"{which} = {kinds}.get({variable}.__class__) or run.kind({kinds}, {field}, {variable})")
                word = "if"
                for name, selection in selections.items():
                    block.add(f"{word} {which} == {name!r}:")
                    with block:
                        self._fields(block, variable, done, selection, indices)
                    word = "elif"
                block.add("else:", "    raise Deoptimize")
            else:
                known = self._share("known", kind.name, lambda: Known(kind))
                block.add(f"if {variable}.__class__ not in {known}:", f"    {known}.admit({variable})")
                self._fields(block, variable, done, selections[kind.name], indices)
        at = "".join(f"{index}, " for index in indices)
        block.add("except Exception:", f"    {done} = run.redo({self._position(place)}, {variable}, out, ({at}))")
        if depth and isinstance(place.type, GraphQLNonNull):
            block.add(f"    if {done} is NULL_PROPAGATES:", "        break")

    def _fields(self, block: "_Block", parent: str, done: str, selection: Selection, indices: tuple[str, ...]) -> None:
        """What is selected of the object that `parent` holds."""
        pairs = []
        for field in selection.fields:
            if field.mode is ResolveMode.TYPENAME:
                pairs.append(f"{field.key!r}: {selection.type.name!r},")
                continue
            if field.is_deferred:
                pairs.append(f"{field.key!r}: None,  # {selection.type.name}.{field.name}, later")
                continue
            value = self._name("", field.key)
            block.add(f"{value} = {self._read(field, parent)}  # {selection.type.name}.{field.name}")
            if field.mode is ResolveMode.METHOD:
                block.add(
                    f"if {value}.__class__ not in PLAIN:", f"    run.expect({self._global('FIELD', field)}, {value})"
                )
            pairs.append(f"{field.key!r}: {self._value(block, value, positions(field, self._stage), 0, indices)},")
        block.add(f"{done} = {{", *(f"    {pair}" for pair in pairs), "}")
        if selection.deferred:
            sources, outs = self._name("sources", ""), self._name("outs", "")
            self._head.append(f"{sources}, {outs} = [], []")
            self._collected.append((self._global("SELECTION", selection), sources, outs))
            block.add(f"{sources}.append({parent})", f"{outs}.append({done})")

    def _read(self, field: Field, parent: str) -> str:
        if field.mode in (ResolveMode.DERIVED, ResolveMode.METHOD):
            function = self._name("derive", field.key)
            self._head.append(f"{function} = run.bound({self._global('FIELD', field)})")
            return f"{function}({parent})"
        if not _is_name(field.attribute):
            raise Unsupported(f"{field.attribute!r} is no name.")
        if iskeyword(field.attribute):
            return f"getattr({parent}, {field.attribute!r})"
        return f"{parent}.{field.attribute}"

    def _position(self, position: Position) -> str:
        return self._global("POSITION", position)

    def _name(self, what: str, key: str) -> str:
        if key and not _is_name(key):
            raise Unsupported(f"{key!r} is no name.")
        self._count += 1
        return "_".join(part for part in (what, key[:40], str(self._count)) if part)

    def _global(self, what: str, thing: Any) -> str:
        name = self._name(what, "")
        self.globals[name] = thing
        return name

    def _share(self, what: str, kind: str, make: Any) -> str:
        """The global that the whole plan shares for a type."""
        key = (what, kind)
        if key not in self._shared:
            self._shared[key] = self._name(what, kind)
            self.globals[self._shared[key]] = make()
        return self._shared[key]


class _Block:
    """Lines of code, indented."""

    def __init__(self, indent: int) -> None:
        self.indent = indent
        self.lines: list[str] = []

    def add(self, *lines: str) -> None:
        self.lines += [f"{'    ' * self.indent}{line}" for line in lines]

    def __enter__(self) -> None:
        self.indent += 1

    def __exit__(self, *_: object) -> None:
        self.indent -= 1


def _is_name(text: str) -> bool:
    return text.isascii() and text.isidentifier()
