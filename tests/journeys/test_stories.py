"""Stories: a day and gone, on every path, but for their author's archive and what a highlight keeps."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from domain.graph.rows import Kind
from kit.ids import shard_of
from tests.conftest import Clock, NewPerson
from tests.support.accounts import sign_in_again
from tests.support.client import Person, until, video
from tests.support.factories import people
from tests.support.opaque_ids import number
from tests.support.relationships import ADD_CLOSE_FRIEND, BLOCK
from tests.support.stories import (
    CREATE_HIGHLIGHT,
    CREATE_STORY,
    DELETE_HIGHLIGHT,
    DELETE_STORY,
    MARK_STORIES_SEEN,
    STORY_TRAY,
    publish_story,
    read_story,
    story_tray,
    upload_with_preview,
)
from workers.parts import Parts

VIEWERS = """query ($id: ID!, $after: String) { node(id: $id) { ... on Story { viewCount
  viewers(first: 100, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } } } }"""


async def forget(parts: Parts) -> None:
    """Redis knows nothing of stories any more."""
    await parts.redis.delete(*[key async for key in parts.redis.scan_iter("stories:*")])


async def test_a_story_is_shown_to_followers(person: NewPerson) -> None:
    ada, grace, stranger = await person("ada"), await person("grace"), await person("stranger")
    await grace.follow(ada)
    story = await publish_story(ada)
    node = await read_story(grace, story)
    assert (node["audience"], node["user"]["id"], node["viewerHasSeen"]) == ("FOLLOWERS", ada.id, False)
    assert (node["viewCount"], node["viewers"]) == (None, None)
    age = datetime.fromisoformat(node["expiresAt"]) - datetime.fromisoformat(node["createdAt"])
    assert age == timedelta(hours=24)
    assert await read_story(stranger, story) is None
    assert await until(lambda: story_tray(grace), bool) == [(ada.id, True)]
    assert await story_tray(ada) == [(ada.id, False)]
    assert await story_tray(stranger) == []


async def test_a_video_with_its_audience(person: NewPerson) -> None:
    ada, close, other = await person("ada"), await person("close"), await person("other")
    await close.follow(ada)
    await other.follow(ada)
    await ada.do(ADD_CLOSE_FRIEND, id=close.id)
    story = await publish_story(ada, video(1), "video/mp4", audience="CLOSE_FRIENDS")
    assert (await read_story(close, story))["item"]["hlsUrl"]
    assert await read_story(other, story) is None
    assert await until(lambda: story_tray(close), bool) == [(ada.id, True)]
    assert await story_tray(other) == []


async def test_an_upload_is_used_once_and_a_key_repeats(person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    upload = await ada.upload()
    given = {"uploadId": upload, "idempotencyKey": "k", "filter": "MOON"}
    first, second = await asyncio.gather(ada.do(CREATE_STORY, input=given), ada.do(CREATE_STORY, input=given))
    assert first["story"]["id"] == second["story"]["id"]
    for who, code in ((ada, "CONFLICT"), (grace, "NOT_FOUND")):
        [error] = (await who.do(CREATE_STORY, input={"uploadId": upload}))["userErrors"]
        assert error == {"code": code, "field": ["uploadId"]}
    refused = await ada.do(CREATE_STORY, input={"uploadId": await ada.upload(b"no picture")})
    await until(lambda: read_story(ada, refused["story"]["id"]), lambda node: node["status"] == "REJECTED")


async def test_what_is_over_is_gone_on_every_path_and_stays_in_the_archive(
    person: NewPerson, now: Clock, parts: Parts
) -> None:
    ada, grace = await person("ada"), await person("grace")
    await grace.follow(ada)
    over, kept = await publish_story(ada), await publish_story(ada)
    made = await ada.do(CREATE_HIGHLIGHT, input={"title": "Summer", "storyIds": [kept]})
    highlight = made["highlight"]["id"]
    begun = await ada.do(
        "mutation ($id: ID!) { startConversation(input: { userIds: [$id] }) { conversation { id } } }", id=grace.id
    )
    sent = await ada.do(
        """mutation ($to: ID!, $story: ID!) { sendMessage(input: { conversationId: $to, attachmentId: $story }) {
        message { id } userErrors { code } } }""",
        to=begun["conversation"]["id"],
        story=over,
    )
    assert sent["userErrors"] == []
    media = (await read_story(grace, over))["item"]["id"]
    paths = """query ($ids: [ID!]!, $ada: String!) {
      nodes(ids: $ids) { id __typename ... on Message { attachment { ... on Story { id } } }
        ... on StoryReel { stories { id } } ... on Highlight { kept: stories { nodes { id } } } }
      user(username: $ada) { storyReel { stories { id } } highlights { nodes { id } } }
      storyTray { nodes { stories { id } } } }"""
    reel = (await ada.ask(STORY_TRAY))["storyTray"]["nodes"][0]["id"]
    wanted = [over, kept, media, reel, highlight, sent["message"]["id"]]

    async def shown(who: Person) -> Any:
        return await who.ask(paths, ids=wanted, ada=ada.username)

    ends = datetime.fromisoformat((await read_story(ada, over))["expiresAt"])
    await forget(parts)
    with now.moved(seconds=(ends - now()).total_seconds() - 10):
        await sign_in_again(grace)
        answer = await shown(grace)
        assert all(answer["nodes"])
        assert [story["id"] for story in answer["nodes"][3]["stories"]] == [over, kept]
        assert answer["nodes"][5]["attachment"] == {"id": over}
        assert [story["id"] for story in answer["storyTray"]["nodes"][0]["stories"]] == [over, kept]
        assert answer["user"]["storyReel"]["stories"] == answer["nodes"][3]["stories"]
    # The other is live for the moment that lies between them, and is over soon after.
    ends = datetime.fromisoformat((await read_story(ada, kept))["expiresAt"])
    with now.moved(seconds=(ends - now()).total_seconds() + 1):
        await sign_in_again(grace)
        answer = await shown(grace)
        first, second, picture, reels, highlights, message = answer["nodes"]
        assert (first, picture, reels) == (None, None, None)
        assert second["id"] == kept
        assert highlights["kept"]["nodes"] == [{"id": kept}]
        assert message["attachment"] is None
        assert answer["user"] == {"storyReel": None, "highlights": {"nodes": [{"id": highlight}]}}
        assert answer["storyTray"]["nodes"] == []
        await sign_in_again(ada)
        own = await shown(ada)
        assert [node and node["id"] for node in own["nodes"]] == [over, kept, media, None, *wanted[4:]]
        assert own["storyTray"]["nodes"] == []


async def test_who_has_seen_it_is_for_its_author(person: NewPerson, parts: Parts) -> None:
    ada, eve = await person("ada"), await person("eve")
    fans = [await person(f"fan{n}") for n in range(4)]
    for fan in fans:
        await fan.follow(ada)
    story, other = await publish_story(ada), await publish_story(ada)
    for fan in fans:
        for _ in range(2):
            payload = await fan.do(MARK_STORIES_SEEN, ids=[story, story])
        assert payload == {"stories": [{"id": story, "viewerHasSeen": True}], "userErrors": []}
    assert (await eve.do(MARK_STORIES_SEEN, ids=[story]))["stories"] == []
    assert (await ada.do(MARK_STORIES_SEEN, ids=[story]))["stories"] == [{"id": story, "viewerHasSeen": True}]

    async def own() -> tuple[int, list[str]]:
        node = await read_story(ada, story)
        assert [edge["viewedAt"] for edge in node["viewers"]["edges"]] == sorted(
            (edge["viewedAt"] for edge in node["viewers"]["edges"]), reverse=True
        )
        return node["viewCount"], [edge["node"]["id"] for edge in node["viewers"]["edges"]]

    expected = [fan.id for fan in reversed(fans)]
    await until(own, lambda found: found == (4, expected))
    await ada.do(BLOCK, id=fans[0].id)
    await fans[1].do(BLOCK, id=ada.id)
    assert await own() == (2, expected[:2])
    assert (await read_story(ada, other))["viewCount"] == 0
    foreign = await read_story(fans[2], story)
    assert (foreign["viewCount"], foreign["viewers"], foreign["viewerHasSeen"]) == (None, None, True)
    assert await read_story(fans[0], story) is None
    for ids, code in (([], "REQUIRED"), ([story] * 101, "TOO_MANY")):
        assert [error["code"] for error in (await fans[2].do(MARK_STORIES_SEEN, ids=ids))["userErrors"]] == [code]


async def test_hundreds_have_seen_it_page_by_page(person: NewPerson, parts: Parts) -> None:
    ada = await person("ada")
    story = await publish_story(ada)
    crowd = await people(parts.db, 351)
    early, late, blocked = crowd[:350], crowd[350:], crowd[200:270]

    async def see(those: list[int]) -> None:
        await parts.db.execute(
            """
            WITH counted AS (UPDATE stories SET view_count = view_count + cardinality($3::bigint[]) WHERE id = $2)
            INSERT INTO story_views (id, story_id, viewer_id)
            SELECT next_id($1), $2, id FROM unnest($3::bigint[]) WITH ORDINALITY AS v(id, n) ORDER BY n
            """,
            shard_of(number(story)),
            number(story),
            those,
        )

    await see(early)
    await parts.db.execute(
        "INSERT INTO relations (id, from_id, to_id, kind) SELECT next_id(0), $1, id, $3 FROM unnest($2::bigint[]) id",
        number(ada.id),
        blocked,
        int(Kind.BLOCK),
    )
    shown: list[int] = []
    after = None
    while True:
        node = (await ada.ask(VIEWERS, id=story, after=after))["node"]
        shown += [number(edge["node"]["id"]) for edge in node["viewers"]["edges"]]
        if not node["viewers"]["pageInfo"]["hasNextPage"]:
            break
        after = node["viewers"]["pageInfo"]["endCursor"]
        await see(late)
        late = []
    assert shown == [id for id in reversed(early) if id not in blocked]
    assert node["viewCount"] == 281


async def test_the_tray_in_its_order_page_by_page(person: NewPerson, parts: Parts) -> None:
    viewer = await person("viewer")
    authors = [await person(f"author{n}") for n in range(5)]
    told = {}
    for author in authors:
        await viewer.follow(author)
        told[author.id] = await publish_story(author)
    mine = await publish_story(viewer)
    newest_first = [author.id for author in reversed(authors)]
    await until(lambda: story_tray(viewer), lambda found: len(found) == 6)
    await viewer.do(MARK_STORIES_SEEN, ids=[told[newest_first[0]], told[newest_first[2]], mine])
    a, b, c, d, e = newest_first
    expected = [(viewer.id, False), (b, True), (d, True), (e, True), (a, False), (c, False)]
    assert await story_tray(viewer) == expected
    await forget(parts)
    assert await story_tray(viewer) == expected
    keys = [key async for key in parts.redis.scan_iter("stories:*")]
    assert len(keys) == 7  # six authors, and what the viewer has seen

    shown, after = [], None
    while True:
        page = (await viewer.ask(STORY_TRAY, first=1, after=after))["storyTray"]
        shown += [node["user"]["id"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
        await viewer.do(MARK_STORIES_SEEN, ids=[page["nodes"][0]["stories"][0]["id"]])
        if len(shown) == 3:
            told["later"] = await publish_story(authors[0])  # e has more now, and is seen as it was
    assert shown == [author for author, _ in expected]
    assert await until(lambda: story_tray(viewer), lambda found: found[1][1]) == [
        (viewer.id, False),
        (e, True),
        *((author, False) for author in (a, b, c, d)),
    ]
    await viewer.do("mutation ($id: ID!) { mute(userId: $id) { userErrors { code } } }", id=a)
    await authors[3].do(BLOCK, id=viewer.id)
    assert b == authors[3].id
    assert [author for author, _ in await story_tray(viewer)] == [viewer.id, e, c, d]
    await authors[0].do(DELETE_STORY, id=told["later"])
    await authors[0].do(DELETE_STORY, id=told[e])
    assert [author for author, _ in await story_tray(viewer)] == [viewer.id, c, d]


async def test_what_one_operation_makes_shows_all_it_has_made(person: NewPerson) -> None:
    ada = await person("ada")
    [one, _], [two, _] = [await upload_with_preview(ada) for _ in range(2)]
    told = await ada.ask(
        """mutation ($one: ID!, $two: ID!) {
        one: createStory(input: { uploadId: $one }) { story { id user { storyReel { stories { id } } } } }
        two: createStory(input: { uploadId: $two }) { story { id user { storyReel { stories { id } } } } } }""",
        one=one,
        two=two,
    )
    stories = [told[name]["story"]["id"] for name in ("one", "two")]
    reels = [told[name]["story"]["user"]["storyReel"]["stories"] for name in ("one", "two")]
    assert [[story["id"] for story in reel] for reel in reels] == [stories[:1], stories]
    made = await ada.ask(
        """mutation ($stories: [ID!]!) {
        one: createHighlight(input: { title: "1", storyIds: $stories }) { highlight { user { highlights { edges { node {
          title } } } } } }
        two: createHighlight(input: { title: "2", storyIds: $stories }) { highlight { user { highlights { edges { node {
          title } } } } } } }""",
        stories=stories,
    )
    titles = [
        [edge["node"]["title"] for edge in made[name]["highlight"]["user"]["highlights"]["edges"]]
        for name in ("one", "two")
    ]
    assert titles == [["1"], ["2", "1"]]


async def test_highlights_are_their_owners_to_change(person: NewPerson) -> None:
    ada, grace, stranger = await person("ada"), await person("grace"), await person("stranger")
    await grace.follow(ada)
    one, two = await publish_story(ada), await publish_story(ada)
    made = await ada.do(CREATE_HIGHLIGHT, input={"title": "  Both  ", "storyIds": [two, one], "idempotencyKey": "k"})
    highlight = made["highlight"]
    assert highlight["title"] == "Both"
    assert [node["id"] for node in highlight["stories"]["nodes"]] == [one, two]
    assert highlight["cover"] == {"id": (await read_story(ada, one))["item"]["id"]}
    same = await ada.do(CREATE_HIGHLIGHT, input={"title": "  Both  ", "storyIds": [two, one], "idempotencyKey": "k"})
    assert same["highlight"]["id"] == highlight["id"]
    wrong = {
        "title": (await ada.do(CREATE_HIGHLIGHT, input={"title": "x" * 51, "storyIds": [one]}))["userErrors"][0][
            "code"
        ],
        "none": (await ada.do(CREATE_HIGHLIGHT, input={"title": "x", "storyIds": []}))["userErrors"][0]["code"],
        "theirs": (await grace.do(CREATE_HIGHLIGHT, input={"title": "x", "storyIds": [one]}))["userErrors"][0]["code"],
        "deletes": (await grace.do(DELETE_HIGHLIGHT, id=highlight["id"]))["userErrors"][0]["code"],
        "unknown": (await stranger.do(DELETE_HIGHLIGHT, id=highlight["id"]))["userErrors"][0]["code"],
        "story": (await grace.do(DELETE_STORY, id=one))["userErrors"][0]["code"],
    }
    assert wrong == {
        "title": "TOO_LONG",
        "none": "REQUIRED",
        "theirs": "NOT_FOUND",
        "deletes": "NOT_ALLOWED",
        "unknown": "NOT_FOUND",
        "story": "NOT_ALLOWED",
    }
    for given, code, field in (
        ([one, one, highlight["id"]], "NOT_FOUND", ["storyIds", "2"]),
        ([one] * 101, "TOO_MANY", ["storyIds"]),
    ):
        refused = await ada.do(CREATE_HIGHLIGHT, input={"title": "x", "storyIds": given})
        assert refused["userErrors"] == [{"code": code, "field": field}]
    for story, left in ((one, [two]), (two, None)):
        await ada.do(DELETE_STORY, id=story)
        node = (
            await grace.ask(
                "query ($id: ID!) { node(id: $id) { ... on Highlight { stories { nodes { id } } } } }",
                id=highlight["id"],
            )
        )["node"]
        assert (node and [each["id"] for each in node["stories"]["nodes"]]) == left
