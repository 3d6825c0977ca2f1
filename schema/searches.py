"""The viewer's search history."""

from datetime import datetime

import strawberry

from domain.search import rows
from resolvers import searches
from schema import bounds
from schema.accounts import ViewerPayload
from schema.fields import argument, attribute, batched, mutates
from schema.nodes import Node, node
from schema.permissions import signed_in
from schema.search import SearchItem


@node(rows.PastSearch, "An entry in the viewer's search history.")
class PastSearch(Node):
    query: str = attribute("Text of the search.", max_bytes=bounds.QUERY_BYTES)
    item: SearchItem | None = batched(
        searches.items_of_past,
        "The search result the viewer opened. Null when the viewer opened none or can no longer see it.",
    )
    searched_at: datetime = attribute("Time of the viewer's most recent search for this query.")


@strawberry.input(description="A search that the viewer finished by opening a result or the list of all results.")
class RecordSearchInput:
    query: str = attribute("Text that the viewer typed, 1 to 100 characters.")
    item_id: strawberry.ID | None = attribute(
        "ID of the result the viewer opened. Omit it when the viewer opened the list of all results.", default=None
    )
    position: int | None = attribute(
        "Position of the opened result in the whole list of results, starting at 0. Omit it without `itemId`.",
        default=None,
    )


@strawberry.type
class Mutation:
    record_search: ViewerPayload | None = mutates(
        searches.record_search,
        ViewerPayload,
        "Adds a search to the viewer's history. Nothing is stored while `savesSearches` is false.",
        signed_in,
        input=argument(RecordSearchInput, "The search to record."),
    )
    forget_searches: ViewerPayload | None = mutates(
        searches.forget_searches,
        ViewerPayload,
        "Deletes entries from the viewer's search history.",
        signed_in,
        ids=argument(
            list[strawberry.ID] | None,
            "IDs of the entries to delete, at most 100. If omitted or null: all entries.",
            None,
        ),
    )
    set_saves_searches: ViewerPayload | None = mutates(
        searches.set_saves_searches,
        ViewerPayload,
        "Turns the viewer's search history on or off. Turning it off deletes the history.",
        signed_in,
        enabled=argument(bool, "Whether searches are saved."),
    )
