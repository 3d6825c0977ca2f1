"""What the number of a hashtag counts."""

from domain import counters
from tests.conftest import NewPerson
from tests.support.client import until
from workers.parts import Parts

TAG = "query ($name: String!) { hashtag(name: $name) { postCount } }"


async def test_a_hashtag_counts_what_strangers_may_see(person: NewPerson, parts: Parts) -> None:
    ada, eve = await person("ada"), await person("eve")
    word = f"w{ada.username[-12:]}"
    await eve.publish(f"#{word}")

    async def counts(number: int) -> None:
        # Else the job waits for a minute, for what saw the account as it was.
        await parts.db.execute("UPDATE jobs SET due_at = now() WHERE kind = 'list taggings'")
        await until(lambda: eve.ask(TAG, name=word), lambda seen: seen["hashtag"]["postCount"] == number)

    private = "mutation ($p: Boolean!) { updateProfile(input: {isPrivate: $p}) { user { isPrivate } } }"
    away = 'mutation { deactivateAccount(password: "heliograph") { userErrors { code } } }'
    back = 'mutation ($login: String!) { signIn(input: {login: $login, password: "heliograph"}) { accessToken } }'
    await ada.publish(f"#{word}")
    await counts(2)
    await ada.do(private, p=True)
    await counts(1)
    hidden = await ada.publish(f"#{word} once more")
    await counts(1)
    await ada.do(private, p=False)
    await counts(3)
    await ada.do(private, p=True)
    await counts(1)
    await ada.delete_post(hidden)
    await ada.do(private, p=False)
    await counts(2)
    await ada.do(away)
    await counts(1)
    ada.token = ""
    assert (await ada.do(back, login=ada.username))["accessToken"]
    await counts(2)
    hashtag = await parts.db.fetchval("SELECT id FROM hashtags WHERE name = $1", word)
    drift, _ = await counters.repair(parts.db, "hashtags", hashtag - 1, 1)
    assert drift == []
