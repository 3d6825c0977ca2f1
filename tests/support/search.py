"""Searches users through the API."""

from typing import Any

from tests.support.client import Person

SEARCH_PEOPLE = """query ($q: String!, $first: Int, $after: String) { search(query: $q) { query didYouMean
  people(first: $first, after: $after) {
    edges { cursor node { username } match { field text ranges { start end } typos } followedBy { username } }
    nodes { id } pageInfo { hasNextPage endCursor } } } }"""


async def found_usernames(who: Person, query: str, **variables: Any) -> list[str]:
    """The usernames that are found."""
    search = (await who.ask(SEARCH_PEOPLE, q=query, **variables))["search"]
    return [edge["node"]["username"] for edge in search["people"]["edges"]] if search else []
