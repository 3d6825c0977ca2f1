"""What an operation selects, laid out once for all its runs: selections, their fields, and how each resolves."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSkipDirective,
    GraphQLStreamDirective,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet, collect_fields, collect_subfields
from graphql.type.directives import GraphQLDisableErrorPropagationDirective
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

MAX_FIELDS = 500
MAX_BLOCKS = 17  # within each other in one function: Python allows twenty

_CONDITIONAL = {GraphQLSkipDirective.name, GraphQLIncludeDirective.name}

Step = tuple[str, str] | None
"""From an object to what one of its fields holds: (response key, name of the object's type); None into a list."""


class Unsupported(Exception):
    """The reference path answers; the message says why."""


class ResolveMode(Enum):
    """How a field of many parents resolves."""

    TYPENAME = "typename"  # known beforehand
    ATTRIBUTE = "attribute"  # of the parent, read in place
    DERIVED = "derived"  # a function of the parent, called in place
    METHOD = "method"  # the same, of which it is not known that it gives no awaitables
    DEFERRED = "deferred"  # an attribute, too deep to be read in place
    BATCHED = "batched"  # one call for all parents
    PER_PARENT = "per parent"  # a call for each parent


@dataclass(eq=False, slots=True)
class Field:
    """A field of a selection, with all the nodes that ask for it.

    A function that is called for each parent takes (parent, info, **written arguments); one that `is_direct`
    (info, parent, **arguments as Strawberry converts them). `fixed` are converted arguments that are always the same.
    """

    key: str
    details: FieldDetailsList
    definition: GraphQLField
    mode: ResolveMode
    parent: "Selection"
    attribute: str = ""
    function: Any = None
    strawberry: StrawberryField | None = None
    is_direct: bool = False
    fixed: dict[str, Any] | None = None
    selections: dict[str, "Selection"] = field(default_factory=dict)
    complete: Callable[..., Any] = field(init=False)

    @property
    def name(self) -> str:
        """As the schema has it."""
        return self.details[0].node.name.value

    @property
    def nodes(self) -> list[FieldNode]:
        """Where it is asked for in the document."""
        return [each.node for each in self.details]

    @property
    def has_variables(self) -> bool:
        """Whether its arguments differ from run to run."""
        return any(_has_variable(each.value) for each in self.details[0].node.arguments or ())

    @property
    def is_deferred(self) -> bool:
        """Whether it is resolved for all parents at a time, after their other fields."""
        return self.mode in (ResolveMode.DEFERRED, ResolveMode.BATCHED, ResolveMode.PER_PARENT)


@dataclass(eq=False, slots=True)
class Selection:
    """What is selected of objects of one type at one place. `steps` lead there from the root of the answer.

    Its code stands in `blocks` blocks of a function. Of its `fields` those `deferred` are resolved for all parents at a
    time.
    """

    type: GraphQLObjectType
    steps: tuple[Step, ...]
    nullable: tuple[bool, ...]
    blocks: int
    fields: list[Field] = field(default_factory=list)
    deferred: list[Field] = field(default_factory=list)


@dataclass(frozen=True, eq=False, slots=True)
class Position:
    """A place where a value is completed: what a field holds, `depth` lists down.

    `steps` lead there from an object of `origin`, whose field is resolved first; what fails here becomes null `up`
    steps above.
    """

    field: Field
    origin: Selection
    type: GraphQLOutputType
    depth: int
    steps: tuple[Step, ...]
    up: int


def build(executor: Executor[Any], asynchronous: set[tuple[str, str]]) -> Selection:
    """The root selection of the executor's operation, for the values its variables have in @skip and @include.

    `asynchronous` are the fields, by (type, name), of which it is known that they give awaitables without saying so.
    Raises Unsupported.
    """
    operation = executor.operation
    root = executor.schema.get_root_type(operation.operation)
    if root is None:
        raise Unsupported("There is no such root type.")
    for directive in operation.directives or ():
        if directive.name.value == GraphQLDisableErrorPropagationDirective.name:
            raise Unsupported("Errors are not to propagate.")
    collected = collect_fields(
        executor.schema, executor.fragments, executor.variable_values, root, operation, executor.hide_suggestions
    )
    if collected.new_defer_usages:
        raise Unsupported("Parts of it are deferred.")
    return _Builder(executor, asynchronous).selection(root, (), (), 0, collected.grouped_field_set)


class _Builder:
    def __init__(self, executor: Executor[Any], asynchronous: set[tuple[str, str]]) -> None:
        self._executor = executor
        self._asynchronous = asynchronous
        # A method called in place is called again where something else of its object has to be redone.
        self._may_repeat = executor.operation.operation is not OperationType.MUTATION
        self._count = 0
        definition: Any = executor.schema.extensions.get("strawberry-definition")
        self._plain_attributes = definition is not None and definition.config.default_resolver is getattr
        self._converts_errors = bool(definition is not None and definition.exception_handlers)

    def selection(
        self,
        kind: GraphQLObjectType,
        steps: tuple[Step, ...],
        nullable: tuple[bool, ...],
        blocks: int,
        grouped: GroupedFieldSet,
    ) -> Selection:
        made = Selection(kind, steps, nullable, blocks)
        for key, details in grouped.items():
            self._count += 1
            if self._count > MAX_FIELDS:
                raise Unsupported(f"It selects more than {MAX_FIELDS:,} fields.")
            made.fields.append(self._field(key, details, made))
        made.deferred = [each for each in made.fields if each.is_deferred]
        return made

    def _field(self, key: str, details: FieldDetailsList, parent: Selection) -> Field:
        name = details[0].node.name.value
        if name in ("__schema", "__type"):
            raise Unsupported("It asks for the schema.")
        if any(each.defer_usage is not None or each.fragment_variable_values is not None for each in details):
            raise Unsupported("Fragments are deferred, or have variables.")
        if any(_names(each.node.directives, GraphQLStreamDirective.name) for each in details):
            raise Unsupported("Lists are streamed.")
        definition = self._executor.schema.get_field(parent.type, name)
        if definition is None:
            raise Unsupported(f"{parent.type.name} has no field {name}.")
        made = Field(key, details, definition, ResolveMode.TYPENAME, parent)
        if name != "__typename":
            self._decide(made)
            self._descend(made)
        return made

    def _decide(self, made: Field) -> None:
        """Say how the field resolves. Root fields are called once each, whatever happens to their values after."""
        known = made.definition.extensions.get("strawberry-definition")
        made.mode, made.function = ResolveMode.PER_PARENT, made.definition.resolve
        if not isinstance(known, StrawberryField) or type(known).get_result is not StrawberryField.get_result:
            return
        made.strawberry = known
        if known.extensions or self._converts_errors or (made.parent.type.name, made.name) in self._asynchronous:
            return
        is_root = not made.parent.steps
        if "call" in known.metadata:
            made.is_direct, made.function = True, known.metadata["call"]
        elif known.is_basic_field:
            if self._plain_attributes:
                in_place = not is_root and made.parent.blocks + _blocks(made) <= MAX_BLOCKS
                made.mode, made.attribute = (
                    ResolveMode.ATTRIBUTE if in_place else ResolveMode.DEFERRED,
                    known.python_name,
                )
        elif is_root or made.parent.blocks + _blocks(made) > MAX_BLOCKS:
            return
        elif "batch" in known.metadata:
            made.mode, made.function = ResolveMode.BATCHED, known.metadata["batch"]
        elif "derive" in known.metadata:
            made.mode, made.function = ResolveMode.DERIVED, known.metadata["derive"]
        elif self._may_repeat and _is_plain_method(made, known):
            assert known.base_resolver is not None
            made.mode, made.function = ResolveMode.METHOD, _method(known.base_resolver)

    def _descend(self, made: Field) -> None:
        """Lay out what is selected of the objects that the field holds."""
        kind = get_named_type(made.definition.type)
        if is_leaf_type(kind):
            return
        steps, nullable = made.parent.steps, made.parent.nullable
        for taken, _, may_be_null in walk(made):
            steps, nullable = (*steps, taken), (*nullable, may_be_null)
        blocks = (2 if made.is_deferred else made.parent.blocks) + _blocks(made)
        executor = self._executor
        possible: Any = executor.schema.get_possible_types(kind) if is_abstract_type(kind) else [kind]
        for each in possible:
            collected = collect_subfields(
                executor.schema,
                executor.fragments,
                executor.variable_values,
                executor.operation,
                each,
                made.details,
                executor.hide_suggestions,
            )
            if collected.new_defer_usages:
                raise Unsupported("Parts of it are deferred.")
            selection = self.selection(each, steps, nullable, blocks, collected.grouped_field_set)
            made.selections[each.name] = selection


def walk(field: Field) -> Iterator[tuple[Step, GraphQLOutputType, bool]]:
    """From the object that has the field inward: each step, the type after it, and whether that may be null."""
    kind = field.definition.type
    step: Step = (field.key, field.parent.type.name)
    while True:
        yield step, kind, not isinstance(kind, GraphQLNonNull)
        inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if not isinstance(inner, GraphQLList):
            return
        step, kind = None, inner.of_type


def _blocks(field: Field) -> int:
    """How many blocks of code an object stands in that the field holds: one for itself, one for each list."""
    return sum(1 for _ in walk(field))


def _is_plain_method(field: Field, known: StrawberryField) -> bool:
    """Whether the resolver is no coroutine function, needs no `info`, and gives no list of what may be awaitables."""
    resolver = known.base_resolver
    return resolver is not None and not known.is_async and not resolver.info_parameter and _blocks(field) == 1


def _method(resolver: StrawberryResolver[Any]) -> Callable[..., Callable[[Any], Any]]:
    """A resolver that takes nothing but its parent and arguments, as `derive` has it."""
    function: Any = resolver.wrapped_func
    if isinstance(function, staticmethod):
        function = function.__func__
    named = [each.name for each in (resolver.parent_parameter, resolver.root_parameter) if each]
    takes_self = resolver.self_parameter is not None

    def bind(context: Any, **arguments: Any) -> Callable[[Any], Any]:
        def call(parent: Any) -> Any:
            return function(*([parent] if takes_self else ()), **dict.fromkeys(named, parent), **arguments)

        return function if takes_self and not named and not arguments else call

    return bind


def positions(field: Field, stage: Field) -> list[Position]:
    """Where the field's values are completed: itself, then what its lists hold, by depth. `stage` is resolved first."""
    steps, nullable = field.parent.steps, field.parent.nullable
    made = []
    for depth, (step, kind, may_be_null) in enumerate(walk(field)):
        steps, nullable = (*steps, step), (*nullable, may_be_null)
        up = next((n for n, may in enumerate(reversed(nullable)) if may), len(nullable))
        made.append(Position(field, stage.parent, kind, depth, steps[len(stage.parent.steps) :], up))
    return made


def conditions(operation: OperationDefinitionNode, fragments: Mapping[str, Any]) -> tuple[str, ...]:
    """The variables on which it depends what is selected: those that @skip and @include name, wherever they are."""
    found: dict[str, None] = {}
    seen: set[str] = set()

    def visit(selections: SelectionSetNode | None) -> None:
        for node in selections.selections if selections else ():
            for directive in node.directives or ():
                for argument in directive.arguments or ():
                    if directive.name.value in _CONDITIONAL and isinstance(argument.value, VariableNode):
                        found[argument.value.name.value] = None
            if isinstance(node, (FieldNode, InlineFragmentNode)):
                visit(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                if node.name.value in fragments:
                    visit(fragments[node.name.value].definition.selection_set)

    visit(operation.selection_set)
    return tuple(found)


def _has_variable(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(map(_has_variable, value.values))
    if isinstance(value, ObjectValueNode):
        return any(_has_variable(each.value) for each in value.fields)
    return isinstance(value, VariableNode)


def is_serial(operation: OperationDefinitionNode) -> bool:
    """Whether its root fields run one after the other."""
    return operation.operation is OperationType.MUTATION


def _names(directives: tuple[DirectiveNode, ...] | None, name: str) -> bool:
    return any(each.name.value == name for each in directives or ())
