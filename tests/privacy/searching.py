"""Search in a world: what is found on each way is what the viewer may find, said slowly."""

from typing import Any, Protocol

from clients.postgres import Database
from clients.search import SearchEngine
from domain.search.indexing import Indexer
from tests.privacy import paths
from tests.privacy.oracle import Eyes
from tests.privacy.world import PEOPLE, World, name_of


class Ask(Protocol):
    async def __call__(self, document: str, **variables: Any) -> tuple[Any, list[str]]: ...


async def index(db: Database, engine: SearchEngine, world: World) -> None:
    """Have the engine know the world, which no event has told of."""
    await Indexer(db, engine).update(
        {
            "people": world.people_ids,
            "posts": world.post_ids,
            "hashtags": [world.hashtag_id],
            "places": [world.place_id],
        }
    )


def is_findable(eyes: Eyes, n: int) -> bool:
    """By a part of their name: who is private, by their followers alone."""
    return eyes.exists(n) and (not eyes.world.private[n] or n == eyes.viewer or eyes.follows(n))


def public(eyes: Eyes, n: int) -> bool:
    """Posts that strangers may see, by nobody across a block: what search is about."""
    post = eyes.world.posts[n]
    return eyes.post(n) and post.status == "PUBLISHED" and eyes.world.is_listed(post.author)


async def searches(ask: Ask, eyes: Eyes) -> None:
    """For people, the hashtag and the place of the world, by their names and by parts of them."""
    world = eyes.world
    if not eyes.is_signed_in:
        assert await ask(paths.SEARCH, text=f"#{world.hashtag}") == ({"search": None, "typeahead": []}, [])
        return
    people = {eyes.person_id(n): n for n in range(PEOPLE)}
    whole = [name_of(id) for id in world.people_ids]
    part = [name.removeprefix("w.") for name in whole]
    names, parts = await people_found(ask, whole), await people_found(ask, part)
    for n in range(PEOPLE):
        id, text = eyes.person_id(n), whole[n]
        assert (id in names[n]) == eyes.exists(n), (text, eyes.viewer)
        assert (id in parts[n]) == is_findable(eyes, n), (text, eyes.viewer)
        others = [people[each] for each in (*names[n], *parts[n]) if each in people and people[each] != n]
        assert all(is_findable(eyes, other) for other in others), (text, eyes.viewer)
    n = 0 if eyes.viewer is None else (eyes.viewer + 1) % PEOPLE
    found = await results(ask, whole[n])
    for name in ("people", "top", "typeahead"):
        assert (eyes.person_id(n) in found[name]) == eyes.exists(n), (name, eyes.viewer)
    tagged = [n for n, post in enumerate(world.posts) if post.hashtag and public(eyes, n)]
    placed = [n for n, post in enumerate(world.posts) if post.place and public(eyes, n)]
    by_tag = await results(ask, f"#{world.hashtag}")
    counted = [n for n, post in enumerate(world.posts) if post.hashtag and post.status == "PUBLISHED"]
    is_known = any(
        world.is_listed(world.posts[n].author) and not eyes.blocks_viewer(world.posts[n].author) for n in counted
    )
    for name in ("hashtags", "top", "typeahead"):
        assert (eyes.hashtag_id in by_tag[name]) == is_known, (name, eyes.viewer)
    expected = [eyes.post_id(n) for n in reversed(tagged)]
    assert by_tag["newest"] == expected
    for name in ("posts", "top", "typeahead"):
        shown = [id for id in by_tag[name] if id in map(eyes.post_id, range(len(world.posts)))]
        assert sorted(shown) == sorted(expected), (name, eyes.viewer)
    by_place = await results(ask, f"place {world.hashtag}")
    for name in ("places", "top", "typeahead"):
        assert (eyes.place_id in by_place[name]) == bool(placed), (name, eyes.viewer)
    if eyes.viewer is not None:
        await remembered(ask, eyes)


async def people_found(ask: Ask, texts: list[str]) -> list[list[str]]:
    """The ids of the people who are found by each text."""
    searches = " ".join(
        f't{n}: search(query: "{text}") {{ people {{ nodes {{ id }} }} }}' for n, text in enumerate(texts)
    )
    data, errors = await ask(f"{{ {searches} }}")
    assert errors == []
    return [[node["id"] for node in data[f"t{n}"]["people"]["nodes"]] for n in range(len(texts))]


async def results(ask: Ask, text: str) -> dict[str, list[str]]:
    """Ids by the way on which they were found."""
    data, errors = await ask(paths.SEARCH, text=text)
    assert errors == []
    found = data["search"]
    for page in found.values():
        assert [edge["node"] for edge in page["edges"]] == page["nodes"]
    ways = {name: [node["id"] for node in page["nodes"]] for name, page in found.items()}
    return ways | {"typeahead": [each["item"]["id"] for each in data["typeahead"]]}


async def remembered(ask: Ask, eyes: Eyes) -> None:
    """What is opened is kept while it can be seen; what cannot is no search result."""
    for n in range(PEOPLE):
        id = eyes.person_id(n)
        data, errors = await ask(paths.REMEMBERED, text="w", id=id)
        codes = [error["code"] for error in data["recordSearch"]["userErrors"]]
        assert (errors, codes) == ([], [] if eyes.exists(n) else ["NOT_FOUND"])
        if eyes.exists(n):
            assert data["recordSearch"]["viewer"]["searches"][0]["item"] == {"id": id}
    data, errors = await ask(paths.FORGET)
    assert (data, errors) == ({"forgetSearches": {"viewer": {"searches": []}, "userErrors": []}}, [])
