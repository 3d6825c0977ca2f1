"""Many people do at the same time what touches the same words, places and names."""

import asyncio
from typing import Any

import pytest

from tests.conftest import NewPerson
from tests.support.client import Person

UPDATE = """mutation ($input: UpdatePostInput!) { updatePost(input: $input) {
  post { hashtags location { name } } userErrors { code } } }"""


async def test_of_many_who_want_a_name_one_gets_it(person: NewPerson) -> None:
    people = [await person(f"p{n}") for n in range(5)]
    name = f"x{people[0].username[-12:]}"
    document = """mutation ($name: String) { updateProfile(input: { username: $name }) {
        user { username } userErrors { code } } }"""
    answers = await asyncio.gather(*(somebody.do(document, name=name) for somebody in people))
    assert sorted(error["code"] for answer in answers for error in answer["userErrors"]) == ["TAKEN"] * 4
    assert [answer["user"] for answer in answers if answer["user"]] == [{"username": name}]


async def change(people: list[Person], posts: list[str], changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The posts after all of the changes, which are made at the same time."""
    together = zip(people, posts, changes, strict=True)
    answers = await asyncio.gather(
        *(somebody.do(UPDATE, input={"postId": post, **each}) for somebody, post, each in together)
    )
    assert [answer["userErrors"] for answer in answers] == [[]] * len(posts)
    return [answer["post"] for answer in answers]


@pytest.mark.parametrize("kind", ["hashtags", "places"])
async def test_posts_change_places_and_hashtags_with_each_other(person: NewPerson, kind: str) -> None:
    """Each lets go of the last use of what the other takes up."""
    people = [await person(f"p{n}") for n in range(2)]
    posts = [await somebody.publish() for somebody in people]
    end = people[0].username[-12:]
    for turn in range(15):
        names = [f"{'ab'[(n + turn) % 2]}{end}" for n in range(2)]
        if kind == "hashtags":
            shown = await change(people, posts, [{"caption": f"#{name}"} for name in names])
            assert [post["hashtags"] for post in shown] == [[name] for name in names]
        else:
            shown = await change(people, posts, [{"location": {"name": name}} for name in names])
            assert [post["location"]["name"] for post in shown] == names


async def test_posts_go_while_others_take_up_their_words(person: NewPerson) -> None:
    people = [await person(f"p{n}") for n in range(4)]
    end = people[0].username[-12:]
    for turn in range(4):
        posts = [await somebody.publish(f"#a{end} #b{end}") for somebody in people]
        await change(people, posts, [{"location": {"name": end}}] * 4)
        deleted, _ = await asyncio.gather(
            asyncio.gather(*(somebody.delete_post(post) for somebody, post in zip(people[:2], posts[:2], strict=True))),
            change(
                people[2:],
                posts[2:],
                [
                    {"caption": f"#b{end} #c{end}", "location": {"name": f"{end}{turn}"}},
                    {"caption": "", "location": None},
                ],
            ),
        )
        assert [payload["deletedId"] for payload in deleted] == posts[:2]


async def test_two_who_turn_against_each_other_at_once(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    document = "mutation ($id: ID!) { block(userId: $id) { user { viewerHasBlocked } userErrors { code } } }"
    for one, other in ((ada, eve), (eve, ada)):
        await one.follow(other)
    answers = await asyncio.gather(ada.do(document, id=eve.id), eve.do(document, id=ada.id))
    done = [answer["user"] for answer in answers if not answer["userErrors"]]
    assert done == [{"viewerHasBlocked": True}], "the second finds nobody to block"
    assert [error["code"] for answer in answers for error in answer["userErrors"]] == ["NOT_FOUND"]


async def test_who_changes_their_mind_many_times_at_once_is_never_refused(person: NewPerson) -> None:
    """Each changes the relationship of the two, so that all other writes of that moment have to decide again."""
    ada, eve = await person("ada"), await person("eve")
    documents = [
        f"mutation ($id: ID!) {{ {name}(userId: $id) {{ userErrors {{ code }} }} }}"
        for name in ("follow", "unfollow", "mute", "unmute")
    ]
    answers = await asyncio.gather(*(ada.do(document, id=eve.id) for document in documents for _ in range(6)))
    assert answers == [{"userErrors": []}] * 24
