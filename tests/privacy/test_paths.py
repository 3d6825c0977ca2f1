"""The worlds are looked at on every path of the schema that leads to content."""

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_composite_type,
    is_introspection_type,
)

from schema.api import build
from tests.privacy import paths


def test_every_path_to_content_is_asked() -> None:
    served = build_schema(build().as_str())
    covered = paths.asked(served) | set(paths.EXCUSED)
    leading = leads_to_content(served)
    missing = [
        f"{kind.name}.{field}"
        for kind in served.type_map.values()
        if isinstance(kind, GraphQLObjectType) and not is_introspection_type(kind)
        for field, definition in kind.fields.items()
        if get_named_type(definition.type).name in leading and f"{kind.name}.{field}" not in covered
    ]
    assert not missing, f"ask for these in tests/privacy/paths.py, and say in oracle.py what is right: {missing}"
    assert not set(paths.EXCUSED) - {
        f"{kind.name}.{field}"
        for kind in served.type_map.values()
        if isinstance(kind, GraphQLObjectType)
        for field in kind.fields
    }


def leads_to_content(served: GraphQLSchema) -> set[str]:
    """The names of types that are somebody's content, or from which one comes to it."""
    found = {"User", "Post", "Comment", "Photo", "Video", "Media", "Upload", "Node", "ImageVariant", "UserTag"}
    while True:
        more = {
            name
            for name, kind in served.type_map.items()
            if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
            and any(
                get_named_type(field.type).name in found
                for field in kind.fields.values()
                if is_composite_type(get_named_type(field.type))
            )
        } - found
        more |= {
            name
            for name, kind in served.type_map.items()
            if isinstance(kind, GraphQLUnionType) and any(each.name in found for each in kind.types)
        } - found
        if not more:
            return found
        found |= more
