"""Search as people use it: typos, scripts, beginnings; who is found by whom; the history of searches."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import NewApi, NewPerson
from tests.support.client import Failed, Person, signed_up, until
from tests.support.search import SEARCH_PEOPLE, found_usernames
from workers.parts import Parts

POSTS = """query ($q: String!, $order: SearchOrder, $first: Int, $after: String, $since: DateTime) {
  search(query: $q) { posts(order: $order, first: $first, after: $after, since: $since) {
    edges { node { id } match { field text ranges { start end } } } pageInfo { hasNextPage endCursor } } } }"""
HASHTAGS = """query ($q: String!) { search(query: $q) { hashtags { edges { node { name } match { typos } } } } }"""
PLACES = """query ($q: String!, $near: CoordinatesInput) { search(query: $q) { places(near: $near) {
  edges { node { name } distanceMeters } } } }"""
TOP = """query ($q: String!) { search(query: $q) { top { nodes { __typename } } } }"""
TYPEAHEAD = """query ($q: String, $first: Int, $kinds: [SearchKind!]) {
  typeahead(query: $q, first: $first, kinds: $kinds) {
    text ranges { start end } historyId item { __typename ... on User { username } } } }"""
RECORD = """mutation ($i: RecordSearchInput!) { recordSearch(input: $i) {
  viewer { searches(first: 50) { id query item { ... on User { username } } } } userErrors { code field } } }"""
SEARCHES = "{ viewer { savesSearches searches(first: 50) { id query } } }"
PROFILE = "mutation ($i: UpdateProfileInput!) { updateProfile(input: $i) { userErrors { code } } }"


async def posts_of(who: Person, query: str, **variables: Any) -> list[str]:
    """The posts that are found."""
    return [edge["node"]["id"] for edge in (await who.ask(POSTS, q=query, **variables))["search"]["posts"]["edges"]]


def word() -> str:
    """A word that nobody else uses, and no typo of another."""
    return "".join(secrets.choice("bcdfghjklmnpqrstvwxz") for _ in range(12))


async def named(who: Person, name: str) -> None:
    assert not (await who.do(PROFILE, i={"displayName": name}))["userErrors"]


async def test_somebody_is_found_by_name_with_typos_and_without_spaces(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    name = word()
    await named(grace, f"Zoë Van{name} 東京太郎")
    for query in (
        grace.username,
        f"zoe van{name}",
        f"zoevan{name}",
        f"Van{name[:-1]}",
        f"ZOË vna{name}",
        f"@{grace.username}",
    ):
        assert await until(lambda query=query: found_usernames(ada, query), lambda names: grace.username in names), (
            query
        )
    assert grace.username in await found_usernames(ada, "東京太")
    search = (await ada.ask(SEARCH_PEOPLE, q=f"zoe vna{name}"))["search"]
    [edge] = [edge for edge in search["people"]["edges"] if edge["node"]["username"] == grace.username]
    shown = f"Zoë Van{name} 東京太郎"
    assert edge["match"] == {
        "field": "displayName",
        "text": shown,
        "ranges": [{"start": 0, "end": 3}, {"start": 4, "end": 4 + len(f"Van{name}")}],
        "typos": 1,
    }
    assert search["didYouMean"] == f"Zoë Van{name}"


async def test_private_account_is_found_by_its_whole_username_alone_but_by_followers(person: NewPerson) -> None:
    ada, grace, heidi = [await person(name) for name in ("ada", "grace", "heidi")]
    name = word()
    await named(grace, f"Private {name}")
    await heidi.follow(grace)
    await until(lambda: found_usernames(ada, name), lambda names: names == [grace.username])
    await grace.do(PROFILE, i={"isPrivate": True})
    assert await found_usernames(ada, name) == [], "at once"
    assert await found_usernames(ada, grace.username) == [grace.username]
    assert await until(lambda: found_usernames(heidi, name), lambda names: names == [grace.username])
    assert await found_usernames(grace, name) == [grace.username]
    await grace.do(PROFILE, i={"isPrivate": False})
    assert await until(lambda: found_usernames(ada, name), lambda names: names == [grace.username])


async def test_whom_one_follows_comes_first_then_whom_those_follow(person: NewPerson) -> None:
    ada, friend, *others = [await person(name) for name in ("ada", "friend", *"abc")]
    name = word()
    for other in others:
        await named(other, name)
    famous, known, followed = others
    for fan in (known, await person("fan")):
        await fan.follow(famous)
    await ada.follow(followed)
    await ada.follow(friend)
    await friend.follow(known)
    expected = [followed.username, known.username, famous.username]
    assert await until(lambda: found_usernames(ada, name), lambda names: names == expected)
    edges = (await ada.ask(SEARCH_PEOPLE, q=name))["search"]["people"]["edges"]
    assert [[each["username"] for each in edge["followedBy"]] for edge in edges] == [
        [],
        [friend.username],
        [],
    ]
    first = await found_usernames(ada, name, first=2)
    page = (await ada.ask(SEARCH_PEOPLE, q=name, first=2))["search"]["people"]["pageInfo"]
    assert page["hasNextPage"]
    assert first + await found_usernames(ada, name, first=2, after=page["endCursor"]) == expected


async def test_who_blocks_or_is_gone_is_not_found(person: NewPerson) -> None:
    ada, grace, heidi = [await person(name) for name in ("ada", "grace", "heidi")]
    name = word()
    await named(grace, name)
    await named(heidi, name)
    await until(lambda: found_usernames(ada, name), lambda names: len(names) == 2)
    await grace.do("mutation ($id: ID!) { block(userId: $id) { userErrors { code } } }", id=ada.id)
    assert await found_usernames(ada, name) == [heidi.username]
    await heidi.do('mutation { deactivateAccount(password: "heliograph") { userErrors { code } } }')
    assert await found_usernames(ada, name) == []


async def test_posts_are_found_by_their_words_and_hashtags(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    name, tag = word(), word()
    first = await grace.publish(f"The {name} at dusk")
    second = await grace.publish(f"{name.upper()} again #{tag}")
    assert await until(lambda: posts_of(ada, name, order="RECENT"), lambda ids: ids == [second, first])
    assert sorted(await posts_of(ada, name)) == sorted([first, second])
    assert await posts_of(ada, f"#{tag}") == [second]
    assert await posts_of(ada, f"{name} dusk") == [first]
    page = (await ada.ask(POSTS, q=name, order="RECENT", first=1))["search"]["posts"]["pageInfo"]
    assert page["hasNextPage"]
    assert await posts_of(ada, name, order="RECENT", first=1, after=page["endCursor"]) == [first]
    later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    for since in (later, "9999-12-31T00:00:00Z"):
        assert await posts_of(ada, name, since=since) == []
    assert len(await posts_of(ada, name, since="0001-01-01T00:00:00Z")) == 2
    edge = (await ada.ask(POSTS, q=f"{name} dusk"))["search"]["posts"]["edges"][0]
    assert edge["match"]["text"] == f"The {name} at dusk"

    async def hashtags() -> list[str]:
        edges = (await ada.ask(HASHTAGS, q=f"#{tag[:8]}"))["search"]["hashtags"]["edges"]
        return [edge["node"]["name"] for edge in edges]

    assert await until(hashtags, lambda names: names == [tag])

    edited = "mutation ($i: UpdatePostInput!) { updatePost(input: $i) { userErrors { code } } }"
    assert not (await grace.do(edited, i={"postId": first, "caption": "Other words"}))["userErrors"]
    assert await until(lambda: posts_of(ada, name), lambda ids: ids == [second])
    await grace.delete_post(second)
    assert await posts_of(ada, name) == [], "at once"


async def test_posts_of_private_accounts_are_not_searched(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    await ada.follow(grace)
    name = word()
    post = await grace.publish(name)
    await until(lambda: posts_of(ada, name), lambda ids: ids == [post])
    await grace.do(PROFILE, i={"isPrivate": True})
    for order in ("TOP", "RECENT"):
        assert await posts_of(ada, name, order=order) == []
    await grace.do(PROFILE, i={"isPrivate": False})
    assert await until(lambda: posts_of(ada, name), lambda ids: ids == [post])


async def test_places_are_found_the_nearer_first(person: NewPerson) -> None:
    ada, name = await person("ada"), word()
    for caption, latitude in ((f"{name} north", 60.0), (f"{name} south", 40.0)):
        place = {"name": caption, "latitude": latitude, "longitude": 10.0}
        payload = await ada.create_post(await ada.upload(), location=place)
        await ada.settled(payload["post"]["id"])

    async def places(**near: Any) -> list[tuple[str, float | None]]:
        edges = (await ada.ask(PLACES, q=name, **near))["search"]["places"]["edges"]
        return [(edge["node"]["name"], edge["distanceMeters"]) for edge in edges]

    await until(places, lambda found: len(found) == 2)
    assert {distance for _, distance in await places()} == {None}
    [near, far] = await places(near={"latitude": 41.0, "longitude": 10.0})
    assert (near[0], far[0]) == (f"{name} south", f"{name} north")
    assert near[1] == pytest.approx(111_195, rel=0.01)
    with pytest.raises(Failed) as failed:
        await places(near={"latitude": 91.0, "longitude": 0.0})
    assert failed.value.code == "BAD_USER_INPUT"


async def test_fields_with_inputs_are_answered_before_their_document_is_compiled(new_api: NewApi) -> None:
    async with signed_up(await new_api(executor="reference")) as ada:
        near = {"latitude": 41.0, "longitude": 10.0}
        assert (await ada.ask(PLACES, q=word(), near=near))["search"]["places"]["edges"] == []
        assert await posts_of(ada, word(), since=datetime.now(UTC).isoformat(), order="RECENT") == []
        assert (await ada.ask(TYPEAHEAD, q=word(), kinds=["PEOPLE", "PLACES"]))["typeahead"] == []


async def test_suggestions_while_somebody_types(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    tag = word()
    await grace.publish(f"#{tag}")
    name = grace.username[:12]
    shown = [{"start": 0, "end": 5}, {"start": 6, "end": 12}]

    async def suggested(query: str, **more: Any) -> list[dict[str, Any]]:
        return list((await ada.ask(TYPEAHEAD, q=query, **more))["typeahead"])

    [first, *_] = await until(lambda: suggested(name), lambda found: found and found[0]["text"] == grace.username)
    assert first["ranges"] == shown
    assert first["item"] == {"__typename": "User", "username": grace.username}
    [hashtag] = await until(lambda: suggested(f"#{tag[:6]}"), bool)
    assert (hashtag["text"], hashtag["ranges"]) == (f"#{tag}", [{"start": 1, "end": 7}])
    assert await suggested(name, kinds=["HASHTAGS"]) == []
    assert await suggested(name, kinds=[]) == []
    assert {each["item"]["__typename"] for each in await suggested(tag, kinds=["POSTS"])} == {"Post"}
    top = (await ada.ask(TOP, q=tag))["search"]["top"]["nodes"]
    assert [node["__typename"] for node in top] == ["Hashtag", "Post"]


async def test_history_of_searches(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    for query in ("first", "second", "FIRST"):
        payload = await ada.do(RECORD, i={"query": query})
        assert not payload["userErrors"]
    assert [each["query"] for each in payload["viewer"]["searches"]] == ["FIRST", "second"]
    payload = await ada.do(RECORD, i={"query": "gra", "itemId": grace.id, "position": 0})
    assert payload["viewer"]["searches"][0]["item"] == {"username": grace.username}
    suggestions = (await ada.ask(TYPEAHEAD, q="", first=2))["typeahead"]
    assert [each["text"] for each in suggestions] == ["gra", "FIRST"]
    await ada.do(
        "mutation ($ids: [ID!]) { forgetSearches(ids: $ids) { userErrors { code } } }",
        ids=[suggestions[0]["historyId"]],
    )
    left = (await ada.ask(SEARCHES))["viewer"]["searches"]
    assert [each["query"] for each in left] == ["FIRST", "second"]
    assert (await grace.ask(SEARCHES))["viewer"]["searches"] == [], "each has their own"
    one = "query ($id: ID!) { node(id: $id) { id ... on PastSearch { query } } }"
    assert (await ada.ask(one, id=left[0]["id"]))["node"] == {"id": left[0]["id"], "query": "FIRST"}
    assert (await grace.ask(one, id=left[0]["id"]))["node"] is None
    await grace.do("mutation ($ids: [ID!]) { forgetSearches(ids: $ids) { userErrors { code } } }", ids=[left[0]["id"]])
    assert len((await ada.ask(SEARCHES))["viewer"]["searches"]) == 2, "nobody deletes those of others"
    for n in range(55):
        await ada.do(RECORD, i={"query": str(n)})
    assert [each["query"] for each in (await ada.ask(SEARCHES))["viewer"]["searches"]] == [
        str(n) for n in range(54, 4, -1)
    ]


async def test_history_that_is_turned_off_is_deleted(person: NewPerson, parts: Parts) -> None:
    ada = await person("ada")
    await ada.do(RECORD, i={"query": "something"})
    turn = "mutation ($on: Boolean!) { setSavesSearches(enabled: $on) { viewer { savesSearches searches { id } } } }"
    assert (await ada.do(turn, on=False))["viewer"] == {"savesSearches": False, "searches": []}
    assert (await ada.do(RECORD, i={"query": "something"}))["viewer"]["searches"] == []
    assert (await ada.do(turn, on=True))["viewer"] == {"savesSearches": True, "searches": []}


async def test_wrong_searches_are_refused_in_the_history(person: NewPerson) -> None:
    ada = await person("ada")
    for wrong, expected in (
        ({"query": "  "}, ("REQUIRED", ["query"])),
        ({"query": "x" * 101}, ("TOO_LONG", ["query"])),
        ({"query": "x", "position": -1}, ("INVALID", ["position"])),
        ({"query": "x", "itemId": "AQAAAAAAAAAB"}, ("NOT_FOUND", ["itemId"])),
    ):
        [error] = (await ada.do(RECORD, i=wrong))["userErrors"]
        assert (error["code"], error["field"]) == expected


@pytest.mark.parametrize("query", ["", "   ", "*", '"', "\u202e", "\u200b", "#", "@", "()", "\x00"])
async def test_a_query_without_text_finds_nothing(visitor: Person, query: str) -> None:
    assert (await visitor.ask(SEARCH_PEOPLE, q=query))["search"] is None
    assert (await visitor.ask(TYPEAHEAD, q=query))["typeahead"] == []


@pytest.mark.parametrize(
    "query",
    [
        "50 " * 33,
        "a" * 100,
        "e\u0301",
        "👍🏽",
        "👩‍👩‍👧",
        "מָה",
        "\u202eabc",
        "a\x00b",
        "東",
        "%",
        "a%_\\",
        "ﬁ",
        "OR AND NOT",
        "a:b",
        "[a TO b]",
    ],
)
async def test_any_text_is_answered(visitor: Person, query: str) -> None:
    for document in (SEARCH_PEOPLE, POSTS, HASHTAGS, PLACES, TOP):
        assert "search" in await visitor.ask(document, q=query)


async def test_queries_that_are_too_long_and_foreign_cursors_are_refused(person: NewPerson) -> None:
    ada = await person("ada")
    await until(lambda: found_usernames(ada, ada.username), bool)
    cursor = (await ada.ask(SEARCH_PEOPLE, q=ada.username))["search"]["people"]["edges"][0]["cursor"]
    for document, variables in (
        (SEARCH_PEOPLE, {"q": "x" * 101}),
        (TYPEAHEAD, {"q": "x" * 51}),
        (TYPEAHEAD, {"q": "x", "first": 21}),
        (SEARCH_PEOPLE, {"q": "another query", "after": cursor}),
        (SEARCH_PEOPLE, {"q": ada.username, "first": 101}),
    ):
        with pytest.raises(Failed) as failed:
            await ada.ask(document, **variables)
        assert failed.value.code == "BAD_USER_INPUT"


@pytest.mark.parametrize("field", ["search", "typeahead"])
async def test_each_use_counts_against_the_budget_of_the_field(
    person: NewPerson, monkeypatch: pytest.MonkeyPatch, api: Any, field: str
) -> None:
    ada, grace = await person("ada"), await person("grace")
    limits = api.state.services.limits
    monkeypatch.setattr(limits, "_budgets", {**limits._budgets, field: type(limits.budget(field))(3, 60)})
    selection = f'{field}(query: "{ada.username}") {{ __typename }}'
    answer = await ada.post({"query": f"{{ a: {selection} b: {selection} }}"})
    assert "errors" not in answer
    answer = await ada.post({"query": f"{{ a: {selection} b: {selection} }}"})
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["RATE_LIMITED"]
    assert [value is None for value in answer["data"].values()].count(True) == 1
    assert "errors" not in await grace.post({"query": f"{{ {selection} }}"}), "the budget is the viewer's own"


async def test_search_goes_on_by_beginnings_while_the_engine_is_away(
    new_api: NewApi,
    parts: Parts,
) -> None:
    async with signed_up(await new_api(search_url="search://127.0.0.1:9")) as ada:
        tag = word()
        assert await found_usernames(ada, ada.username[:20]) == [ada.username]
        assert await found_usernames(ada, "no such name") == []
        assert await posts_of(ada, tag) == []
        assert (await ada.ask(PLACES, q=tag))["search"]["places"]["edges"] == []
        assert (await ada.ask(TYPEAHEAD, q=ada.username[:20]))["typeahead"][0]["text"] == ada.username


async def test_cursor_of_posts_is_of_one_query_and_order(person: NewPerson) -> None:
    ada, name = await person("ada"), word()
    posts = [await ada.publish(f"{name} {n}") for n in range(2)]
    await until(lambda: posts_of(ada, name), lambda found: sorted(found) == sorted(posts))
    page = (await ada.ask(POSTS, q=name, order="TOP", first=1))["search"]["posts"]["pageInfo"]
    assert len(await posts_of(ada, name, order="TOP", after=page["endCursor"])) == 1
    for other in ({"q": f"{name} more", "order": "TOP"}, {"q": name, "order": "RECENT"}):
        with pytest.raises(Failed, match="BAD_USER_INPUT"):
            await ada.ask(POSTS, **other, after=page["endCursor"])


async def test_deactivated_viewer_finds_nobody(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    name = word()
    await grace.publish(f"#{name}")
    await named(grace, name)

    async def found() -> tuple[int, int]:
        people = await found_usernames(ada, name)
        answer = await ada.ask(HASHTAGS, q=f"#{name}")
        return len(people), len(answer["search"]["hashtags"]["edges"])

    await until(found, lambda counts: counts == (1, 1))
    await ada.do('mutation { deactivateAccount(password: "heliograph") { userErrors { code } } }')
    for document in (SEARCH_PEOPLE, HASHTAGS, POSTS, PLACES, TOP):
        assert (await ada.ask(document, q=name))["search"] is None


async def test_hashtag_without_a_post_for_the_viewer_is_not_found(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    tag = word()
    await grace.publish(f"#{tag}")

    async def hashtags() -> list[str]:
        edges = (await ada.ask(HASHTAGS, q=f"#{tag}"))["search"]["hashtags"]["edges"]
        return [edge["node"]["name"] for edge in edges]

    assert await until(hashtags, lambda names: names == [tag])
    await grace.do("mutation ($id: ID!) { block(userId: $id) { userErrors { code } } }", id=ada.id)
    assert await hashtags() == []
