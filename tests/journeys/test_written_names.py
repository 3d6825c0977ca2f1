"""Hashtags and usernames as people of many scripts write them, in captions and comments."""

import pytest

from tests.conftest import NewPerson
from tests.support.accounts import UPDATE_PROFILE, update_profile
from tests.support.client import Person
from tests.support.posts import add_comment, edit_caption, read_mentions
from workers.parts import Parts

HASHTAGS = "query ($id: ID!) { node(id: $id) { ... on Post { hashtags } } }"
TAG = "query ($name: String!) { hashtag(name: $name) { name posts { nodes { id } } } }"


async def hashtags(who: Person, post: str) -> list[str]:
    shown: list[str] = (await who.ask(HASHTAGS, id=post))["node"]["hashtags"]
    return shown


async def test_hashtags_are_shown_as_written_and_found_however_they_are_typed(person: NewPerson, parts: Parts) -> None:
    ada, eve = await person("ada"), await person("eve")
    end = ada.username[-12:]
    written = [f"Straße{end}", f"می\u200cخواهم{end}", f"col·lecció{end}", f"旅行{end}"]
    post = await ada.publish(f"#{written[0]}#{written[1]}#{written[2]} 楽しかった#{written[3]} #STRASSE{end}")
    assert await hashtags(ada, post) == written
    for name, typed in zip(written, [f"STRASSE{end}", f"#میخواهم{end}", f"COL·LECCIÓ{end}", f"旅行{end}"], strict=True):
        found = (await eve.ask(TAG, name=typed))["hashtag"]
        assert (found["name"], found["posts"]["nodes"]) == (name, [{"id": post}])

    await parts.db.execute("UPDATE hashtags SET written = NULL WHERE name = $1", f"strasse{end}")
    found = (await eve.ask(TAG, name=written[0]))["hashtag"]
    assert found["name"] == f"strasse{end}", "one that an old version made"

    other = await eve.publish("nothing yet")
    await edit_caption(eve, other, f"#STRASSE{end} #COL·LECCIÓ{end}")
    assert await hashtags(ada, other) == [f"STRASSE{end}", f"COL·LECCIÓ{end}"]
    found = (await ada.ask(TAG, name=written[2]))["hashtag"]
    assert (found["name"], found["posts"]["nodes"]) == (written[2], [{"id": other}, {"id": post}])


async def test_people_are_mentioned_wherever_a_name_can_stand(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    post = await ada.publish("first")
    comment = await add_comment(ada, post)
    assert await read_mentions(ada, comment) == []
    for text in ("@{}さん", "感謝@{}", ".@{}", "📷\ufe0f@{}", "@nobody/@{}"):
        named = text.format(eve.username)
        assert await edit_caption(ada, post, named) == [eve.id], named
        assert await read_mentions(ada, await add_comment(ada, post, text=named)) == [eve.id], named
    for text in ("{}@x.example", "感謝@{}@x.example", "https://x.example/@{}"):
        assert await edit_caption(ada, post, text.format(eve.username)) == [], text


@pytest.mark.parametrize("name", [".{}", "{}.", "{}..x"])
async def test_no_new_username_has_a_dot_where_captions_cannot_name_it(
    person: NewPerson, visitor: Person, name: str
) -> None:
    ada = await person("ada")
    name = name.format(f"n{ada.username[-12:]}")
    for payload in (await visitor.sign_up(username=name), await ada.do(UPDATE_PROFILE, input={"username": name})):
        assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [("INVALID", ["username"])]


@pytest.mark.parametrize("name", [".{}", "{}.", "{}..x"])
async def test_old_usernames_with_odd_dots_keep_working(
    person: NewPerson, parts: Parts, visitor: Person, name: str
) -> None:
    ada, eve = await person("ada"), await person("eve")
    plain = f"n{ada.username[-12:]}"
    name = name.format(plain)
    await parts.db.execute("UPDATE users SET username = $2 WHERE username = $1", ada.username, name)
    sign_in = "mutation ($i: SignInInput!) { signIn(input: $i) { userErrors { code } } }"
    assert await visitor.do(sign_in, i={"login": name, "password": "heliograph"}) == {"userErrors": []}
    assert (await update_profile(ada, username=name.upper(), bio="still me"))["username"] == name
    post = await eve.publish("first")
    assert await edit_caption(eve, post, f"with @{name}") == [ada.id]
    if name == f"{plain}.":
        assert await edit_caption(eve, post, f"with @{name}.. @{plain}") == [ada.id]
        other = await person("other")
        await update_profile(other, username=plain)
        assert await edit_caption(eve, post, f"with @{name}") == [other.id], "the dot ends the sentence"
