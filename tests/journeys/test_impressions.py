"""What somebody was shown is recorded once, as it was; what they may not see is not told apart from what never was."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.feed import impressions
from kit import ids
from tests.conftest import NewPerson
from tests.support.client import Person, until
from workers.parts import Parts

RECORD = """mutation ($input: RecordImpressionsInput!) { recordImpressions(input: $input) {
  recorded userErrors { code field } } }"""


def shown(*posts: str, position: int = 0) -> dict[str, Any]:
    """The variable of RECORD for posts that were shown one after the other."""
    each = [{"postId": id, "position": position + n, "order": "RANKED"} for n, id in enumerate(posts)]
    return {"impressions": each}


async def recorded(person: Person, *posts: str, position: int = 0) -> int:
    payload = await person.do(RECORD, input=shown(*posts, position=position))
    assert payload["userErrors"] == []
    return int(payload["recorded"])


async def kept(parts: Parts, person: Person) -> list[dict[str, Any]]:
    rows = await parts.db.fetch("SELECT * FROM impressions WHERE user_id = $1 ORDER BY id", ids.decode(person.id)[1])
    return [dict(row) for row in rows]


async def test_the_first_time_is_kept_as_it_was(person: NewPerson, parts: Parts) -> None:
    ada, grace = await person("ada"), await person("grace")
    await ada.follow(grace)
    await grace.follow(ada)
    uploads = [await grace.upload() for _ in range(2)]
    made = await grace.create_post(*uploads, caption="from #here and #there", location={"name": "home"})
    post = (await grace.settled(made["post"]["id"]))["id"]
    other, own = await grace.publish(), await ada.publish()
    await grace.do("mutation ($id: ID!) { likePost(postId: $id) { userErrors { code } } }", id=post)
    count = "query ($id: ID!) { node(id: $id) { ... on Post { likeCount } } }"
    await until(lambda: ada.ask(count, id=post), lambda answer: answer["node"]["likeCount"] == 1)

    assert await recorded(ada, post, position=3) == 1
    assert await recorded(ada, post, other, post, own) == 1, "neither again, nor twice, nor the viewer's own"
    first, second = await kept(parts, ada)
    published = await parts.db.fetchval("SELECT published_at FROM posts WHERE id = $1", ids.decode(post)[1])
    age = ids.made_at(first["id"]) - published
    assert 0 <= first["age_ms"] == pytest.approx(age.total_seconds() * 1000, abs=2000)
    assert first | {"id": 0, "age_ms": 0} == {
        "id": 0,
        "user_id": ids.decode(ada.id)[1],
        "post_id": ids.decode(post)[1],
        "position": 3,
        "feed_order": "RANKED",
        "age_ms": 0,
        "likes": 1,
        "comments": 0,
        "photos": 2,
        "caption_length": 21,
        "hashtags": 2,
        "has_location": True,
        "tie": pytest.approx(3 / 13),  # each follows the other
    }
    assert (second["position"], second["photos"], second["has_location"]) == (1, 1, False)
    assert ids.shard_of(first["id"]) == ids.shard_of(first["user_id"])
    assert await kept(parts, grace) == []


async def test_what_is_hidden_is_as_what_never_was(person: NewPerson, parts: Parts) -> None:
    ada, grace, eve = await person("ada"), await person("grace"), await person("eve")
    private, blocking, gone, seen = await grace.publish(), await eve.publish(), await ada.publish(), await ada.publish()
    waiting = (await eve.create_post((await eve.create_upload(b"x"))["id"]))["post"]["id"]
    await ada.delete_post(gone)
    profile = "mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { userErrors { code } } }"
    await grace.do(profile, input={"isPrivate": True})
    viewer = await person("viewer")
    await eve.do("mutation ($id: ID!) { block(userId: $id) { userErrors { code } } }", id=viewer.id)
    never = [ids.encode(2, 1 + n) for n in range(3)]
    for nothing in (private, blocking, gone, waiting, *never, grace.id):
        assert await viewer.post({"query": RECORD, "variables": {"input": shown(nothing)}}) == {
            "data": {"recordImpressions": {"recorded": 0, "userErrors": []}}
        }
    assert await recorded(viewer, private, seen, never[0], blocking) == 1
    assert [row["post_id"] for row in await kept(parts, viewer)] == [ids.decode(seen)[1]]


async def test_batches_that_overlap(person: NewPerson, parts: Parts) -> None:
    ada, grace = await person("ada"), await person("grace")
    records = await parts.db.fetch(
        """
        INSERT INTO posts (id, author_id, status, caption, created_at, published_at)
        SELECT next_id(1), $1, 'PUBLISHED', '', now(), now() FROM generate_series(1, 100) RETURNING id
        """,
        ids.decode(grace.id)[1],
    )
    posts = [ids.encode(2, record["id"]) for record in records]
    counts = await asyncio.gather(*(recorded(ada, *random.Random(n).sample(posts, 100)) for n in range(8)))
    assert sum(counts) == 100
    assert len(await kept(parts, ada)) == 100


async def test_bad_input(person: NewPerson, visitor: Person) -> None:
    ada, post = await person("ada"), ids.encode(2, 1)
    for input, code, field in (
        (shown(), "REQUIRED", ["impressions"]),
        (shown(*[post] * 101), "TOO_MANY", ["impressions"]),
        (shown(post, post, position=-1), "INVALID", ["impressions", "0", "position"]),
    ):
        payload = await ada.do(RECORD, input=input)
        assert payload == {"recorded": None, "userErrors": [{"code": code, "field": field}]}
    [good] = shown(post)["impressions"]
    for wrong in ({"postId": "zzz"}, {"order": "RANDOM"}, {"position": 2**31}, {"position": None}, {"position": 1.5}):
        answer = await ada.post({"query": RECORD, "variables": {"input": {"impressions": [good | wrong]}}})
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    answer = await visitor.post({"query": RECORD, "variables": {"input": shown(post)}})
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_after_thirty_days_it_is_forgotten(person: NewPerson, parts: Parts) -> None:
    ada, grace = await person("ada"), await person("grace")
    assert await recorded(ada, await grace.publish(), await grace.publish()) == 2
    old, _ = await kept(parts, ada)
    now = datetime.now(UTC)
    almost = ids.since(now - timedelta(days=30) + timedelta(minutes=1))
    for id in (almost, ids.since(now - timedelta(days=30)) - 1):
        await parts.db.execute("UPDATE impressions SET id = $2 WHERE id = $1", old["id"], id)
        old["id"] = id
        assert await impressions.forget_old(parts.db, now) is False
        assert len(await kept(parts, ada)) == (2 if id == almost else 1)


async def test_what_goes_with_a_post(person: NewPerson, parts: Parts) -> None:
    ada, grace = await person("ada"), await person("grace")
    post, other = await grace.publish(), await grace.publish()
    await recorded(ada, post, other)
    await grace.delete_post(post)

    async def left() -> list[int]:
        await parts.db.execute("UPDATE jobs SET due_at = now() WHERE subject_id = $1", ids.decode(post)[1])
        return [row["post_id"] for row in await kept(parts, ada)]

    await until(left, lambda posts: posts == [ids.decode(other)[1]])
