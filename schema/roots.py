"""Query, Mutation and Subscription, put together from the files of the nouns.

Such a file has everything of its noun: its types, inputs and payloads, and a class Query, Mutation or Subscription with
the root fields of that kind that it has.
"""

from types import ModuleType

import strawberry

from schema import (
    accounts,
    comments,
    devices,
    feed,
    hashtags,
    media,
    messages,
    mls,
    nodes,
    notifications,
    places,
    posts,
    relationships,
    search,
    searches,
    stories,
    uploads,
    users,
)
from schema.fields import declared_budgets

NOUNS: tuple[ModuleType, ...] = (
    nodes,
    accounts,
    users,
    relationships,
    feed,
    posts,
    comments,
    places,
    hashtags,
    stories,
    media,
    uploads,
    messages,
    mls,
    notifications,
    devices,
    search,
    searches,
)
"""The order is that of root fields in the schema."""


def _root(name: str, description: str) -> type:
    """The root type of this name, with the root fields of all nouns."""
    parts = tuple(getattr(noun, name) for noun in NOUNS if hasattr(noun, name))
    return strawberry.type(type(name, parts, {}), description=description)


Query = _root("Query", "All queries.")
Mutation = _root(
    "Mutation",
    "All mutations. Each has a rate limit; exceeding it is an error with the code RATE_LIMITED. All except `signUp`, "
    "`signIn`, `refreshSession` and `signOut` require an access token.",
)
Subscription = _root(
    "Subscription",
    "All subscriptions. They require an access token, and end when it expires or its session ends.",
)

FIELD_BUDGETS = declared_budgets(Query, Mutation)
"""The rate limits of root fields, by the names of the fields."""
