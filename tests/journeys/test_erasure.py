"""A deleted account is gone for everybody at once, and then from every table, key and bucket."""

import json
import secrets
from dataclasses import dataclass
from typing import Any

import pytest

from domain import jobs
from domain.stories.live import KNOWN
from tests.conftest import NewPerson
from tests.support.client import Failed, Person, photo, until
from tests.support.opaque_ids import number
from tests.support.posts import mutate_by_id
from tests.support.stored_data import found_in_keys, found_in_tables
from tests.support.stories import CREATE_HIGHLIGHT, MARK_STORIES_SEEN, publish_story, read_story, story_tray
from workers.parts import Parts

ERRORS = "userErrors { code field }"
DELETE = f"mutation ($password: String!) {{ deleteAccount(password: $password) {{ {ERRORS} }} }}"
PROFILE = (
    f"mutation ($input: UpdateProfileInput!) {{ updateProfile(input: $input) {{ user {{ avatarUrl }} {ERRORS} }} }}"
)
COMMENT = f"mutation ($input: AddCommentInput!) {{ addComment(input: $input) {{ comment {{ id }} {ERRORS} }} }}"
COUNTS = """query ($person: ID!, $post: ID!, $comment: ID!) {
  person: node(id: $person) { ... on User { followerCount followingCount } }
  post: node(id: $post) { ... on Post { likeCount commentCount } }
  comment: node(id: $comment) { ... on Comment { likes: likeCount replyCount } } }"""
SHOWN = f"mutation ($input: RecordImpressionsInput!) {{ recordImpressions(input: $input) {{ recorded {ERRORS} }} }}"


_PROMISED = (
    "SELECT id, kind || ' ' || subject_id FROM jobs UNION ALL SELECT id, 'erase objects of ' || token FROM erasures"
)


@pytest.fixture
async def hurried(parts: Parts) -> Any:
    """Makes jobs and erasures due; those that are left of what was promised since the test began."""
    # Other tests leave some that wait for hours.
    before = {row[0] for row in await parts.db.fetch(_PROMISED)}

    async def hurry() -> list[str]:
        await parts.db.execute(
            "UPDATE jobs SET due_at = now() WHERE due_at <= now() + $1", jobs.GRACE
        )  # not those that a worker has in its hands
        await parts.db.execute("UPDATE erasures SET due_at = now()")
        return [row[1] for row in await parts.db.fetch(_PROMISED) if row[0] not in before]

    return hurry


async def found_in_bucket(parts: Parts, tokens: list[str]) -> list[str]:
    return [key async for key, _ in parts.bucket.list("") if any(token in key for token in tokens)]


@dataclass
class Traces:
    """What somebody leaves: ids of a post and a story, the story of somebody else they saw, and tokens of uploads."""

    post: str
    story: str
    seen_story: str
    phone: str
    tokens: list[str]


async def leave_traces(parts: Parts, eve: Person, ada: Person, theirs: str, remark: str, word: str) -> Traces:
    """Have eve do everything that leaves rows, under ada's post and comment too; all of it says `word` somewhere."""
    own = await eve.publish(f"secret {word} #{word}")
    avatar = await eve.upload(photo())
    await eve.processed(avatar)
    await eve.do(PROFILE, input={"avatarUploadId": avatar, "bio": word, "displayName": word})
    unused = await eve.upload(photo())
    await eve.processed(unused)
    location = {"name": f"the house of {word}"}
    document = f"mutation ($input: UpdatePostInput!) {{ updatePost(input: $input) {{ {ERRORS} }} }}"
    assert not (await eve.do(document, input={"postId": own, "location": location}))["userErrors"]
    for one, other in ((eve, ada), (ada, eve)):
        await one.follow(other)
    await mutate_by_id(eve, "mute", userId=ada.id)
    await mutate_by_id(eve, "likePost", postId=theirs)
    await mutate_by_id(eve, "savePost", postId=theirs)
    await mutate_by_id(eve, "likeComment", commentId=remark)
    await mutate_by_id(ada, "likePost", postId=own)
    await mutate_by_id(ada, "savePost", postId=own)
    await eve.do(COMMENT, input={"postId": theirs, "text": f"hello {word}", "idempotencyKey": f"k{word}"})
    await eve.do(COMMENT, input={"postId": theirs, "parentId": remark, "text": f"and {word}"})
    await ada.do(COMMENT, input={"postId": own, "text": "nice"})
    for one, post in ((eve, theirs), (ada, own)):
        shown = {"impressions": [{"postId": post, "position": 0, "order": "RANKED"}]}
        assert (await one.do(SHOWN, input=shown))["recorded"] == 1
    told, heard = await publish_story(eve), await publish_story(ada)
    assert (await ada.do(MARK_STORIES_SEEN, ids=[told]))["stories"]
    assert (await eve.do(MARK_STORIES_SEEN, ids=[heard]))["stories"]
    await eve.do(CREATE_HIGHLIGHT, input={"title": f"at {word}", "storyIds": [told]})
    assert await story_tray(eve) == [(eve.id, False)]  # ada is muted
    await until(lambda: read_story(ada, heard), lambda node: node["viewCount"] == 1)
    phone = secrets.token_hex(32)
    document = f"mutation ($input: RegisterDeviceInput!) {{ registerDevice(input: $input) {{ {ERRORS} }} }}"
    assert not (await eve.do(document, input={"platform": "APNS", "token": phone}))["userErrors"]
    await eve.feed()
    tokens = [
        record["token"]
        for record in await parts.db.fetch("SELECT token FROM uploads WHERE owner_id = $1", number(eve.id))
    ]
    return Traces(own, told, heard, phone, tokens)


async def erased_traces(parts: Parts, eve: Person, traces: Traces, word: str) -> None:
    """Nothing that is stored has any of it, but for what somebody else wrote."""
    needles = (word, *(str(number(id)) for id in (eve.id, traces.post, traces.story)), traces.phone, *traces.tokens)
    left = await found_in_tables(parts, *needles)
    assert left == [f"{word} in posts"], "only what somebody else wrote names them"
    assert [key for key in await found_in_keys(parts, *needles) if "limit:" not in key] == []
    assert await found_in_bucket(parts, traces.tokens) == []


async def test_nothing_is_left_of_a_deleted_account(person: NewPerson, parts: Parts, hurried: Any) -> None:
    ada, eve = await person("ada"), await person("eve")
    word = eve.username.rsplit(".", 1)[1]
    theirs = await ada.publish(f"with @{eve.username}")
    remark = (await ada.do(COMMENT, input={"postId": theirs, "text": "mine"}))["comment"]["id"]
    await until(lambda: settled(ada, theirs, remark), lambda seen: seen["post"]["commentCount"] == 1)
    before = await settled(ada, theirs, remark)

    traces = await leave_traces(parts, eve, ada, theirs, remark, word)
    own, heard = traces.post, traces.seen_story
    assert len(traces.tokens) == 4
    assert await found_in_bucket(parts, traces.tokens)

    assert (await eve.do(DELETE, password="wrong"))["userErrors"] == [
        {"code": "WRONG_CREDENTIALS", "field": ["password"]}
    ]
    assert await eve.do(DELETE, password="heliograph") == {"userErrors": []}
    for id in (eve.id, own):
        assert (await ada.ask("query ($id: ID!) { node(id: $id) { id } }", id=id))["node"] is None
    with pytest.raises(Failed, match="UNAUTHENTICATED"):
        await eve.publish()
    seen = await ada.ask(
        """query ($id: ID!) { node(id: $id) { ... on Post {
            mentions { id } likers { nodes { id } } comments { nodes { text } } } } }""",
        id=theirs,
    )
    assert seen["node"] == {"mentions": [], "likers": {"nodes": []}, "comments": {"nodes": [{"text": "mine"}]}}

    await until(hurried, lambda left: left == [])
    await until(lambda: settled(ada, theirs, remark), lambda now: now == before)
    async for key in parts.redis.scan_iter("*:post:*"):
        await parts.redis.delete(key)  # cached rows and counts live two minutes at most
    for key in (f"stories:{{{number(eve.id)}}}", f"stories:seen:{{{number(eve.id)}}}"):
        # For a minute it is known that something has changed.
        assert KNOWN.encode() not in await parts.redis.zrange(key, 0, -1)
        await parts.redis.delete(key)
    await until(lambda: read_story(ada, heard), lambda node: node["viewCount"] == 0)
    await erased_traces(parts, eve, traces, word)

    taken = await (await person("else")).do(PROFILE, input={"username": eve.username})
    assert [error["code"] for error in taken["userErrors"]] == ["TAKEN"]


async def settled(person: Person, post: str, comment: str) -> dict[str, Any]:
    """The counts of what the person has."""
    answer: dict[str, Any] = json.loads(
        json.dumps(await person.ask(COUNTS, person=person.id, post=post, comment=comment))
    )
    return answer


async def test_accounts_with_many_followers_do_not_wait(person: NewPerson, parts: Parts) -> None:
    """What a request of somebody with 100,000 followers changes is a few rows; the rest is promised."""
    star, fan = await person("star"), await person("fan")
    await parts.db.execute(
        "INSERT INTO relations (id, from_id, to_id, kind)"
        " SELECT next_id(0), next_id(0), $1, 1 FROM generate_series(1, 100000)",
        number(star.id),
    )
    for document, variables in (
        (PROFILE, {"input": {"isPrivate": True}}),
        (f"mutation ($id: ID!) {{ block(userId: $id) {{ {ERRORS} }} }}", {"id": fan.id}),
        (DELETE, {"password": "heliograph"}),
    ):
        written = await rows_written(parts)
        payload = await star.do(document, **variables)
        assert payload["userErrors"] == []
        assert await rows_written(parts) - written < 20
    await parts.db.execute("DELETE FROM jobs WHERE subject_id = $1", number(star.id))
    await parts.db.execute("DELETE FROM relations WHERE to_id = $1", number(star.id))


async def rows_written(parts: Parts) -> int:
    """How many rows of relations there are, or jobs."""
    count: int = await parts.db.fetchval("SELECT (SELECT count(*) FROM relations) + (SELECT count(*) FROM jobs)")
    return count
