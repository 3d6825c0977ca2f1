"""Many wrong passwords for one account, from many addresses: its owner signs in as ever."""

from typing import Any

from tests.conftest import Clock, NewPerson
from tests.support.accounts import SIGN_IN
from tests.support.client import Person


class Outcome:
    """What a sign-in was answered: the code of its error, if any, and for how long it has to wait."""

    def __init__(self, answer: dict[str, Any]) -> None:
        error = (answer.get("errors") or [None])[0]
        mistakes = answer["data"]["signIn"]["userErrors"] if not error else []
        self.code = error["extensions"]["code"] if error else mistakes[0]["code"] if mistakes else None
        self.retry_after = error["extensions"]["retryAfter"] if error else 0
        self.message = error["message"] if error else mistakes[0]["message"] if mistakes else ""


async def sign_in(visitor: Person, address: str, login: str, password: str = "wrong one") -> Outcome:
    body = {"query": SIGN_IN, "variables": {"login": login, "password": password}}
    answer = await visitor.http.post("/graphql", json=body, headers={"x-forwarded-for": address})
    return Outcome(answer.json())


async def flood(visitor: Person, network: str, *logins: str) -> list[Outcome]:
    """Twelve tries from twelve addresses, by these names in turn."""
    return [await sign_in(visitor, f"{network}.{n}", logins[n % len(logins)]) for n in range(12)]


async def test_failures_from_elsewhere_do_not_lock_the_owner_out(
    person: NewPerson, visitor: Person, now: Clock
) -> None:
    ada = await person("ada")
    outcomes = await flood(visitor, "203.0.113", ada.username, f"{ada.username}@example.com")
    assert [outcome.code for outcome in outcomes] == ["WRONG_CREDENTIALS"] * 8 + ["RATE_LIMITED"] * 4
    home = await sign_in(visitor, "127.0.0.1", ada.username, "heliograph")
    assert home.code is None, "where the account was signed in to before"
    abroad = await sign_in(visitor, "198.51.100.1", ada.username, "heliograph")
    assert abroad.code == "RATE_LIMITED"
    with now.moved(seconds=abroad.retry_after + 1):
        await flood(visitor, "203.0.114", ada.username)
        assert (await sign_in(visitor, "198.51.100.1", ada.username, "heliograph")).code is None
        assert (await sign_in(visitor, "198.51.100.1", ada.username, "heliograph")).code is None, "it is known now"


async def test_delay_grows_with_the_failures(person: NewPerson, visitor: Person, now: Clock) -> None:
    ada = await person("ada")
    await flood(visitor, "203.0.115", ada.username)
    waits = []
    for n in range(4):
        address = f"198.51.101.{n}"
        waits.append((await sign_in(visitor, address, ada.username)).retry_after)
        with now.moved(seconds=waits[-1] + 1):
            assert (await sign_in(visitor, address, ada.username)).code == "WRONG_CREDENTIALS"
    assert waits == sorted(set(waits)), waits


async def test_nobody_learns_which_names_exist(person: NewPerson, visitor: Person) -> None:
    ada = await person("ada")
    exists = await flood(visitor, "203.0.116", ada.username)
    does_not = await flood(visitor, "203.0.117", f"no.{ada.username}")
    for outcome, other in zip(exists, does_not, strict=True):
        assert (outcome.code, outcome.message) == (other.code, other.message)
        assert abs(outcome.retry_after - other.retry_after) <= 1


async def test_addresses_of_one_network_count_together(person: NewPerson, visitor: Person) -> None:
    ada = await person("ada")
    codes = [(await sign_in(visitor, f"2001:db8:7:7::{n}", ada.username)).code for n in range(6)]
    assert codes == ["WRONG_CREDENTIALS"] * 5 + ["RATE_LIMITED"]
    assert (await sign_in(visitor, "2001:db8:7:8::1", ada.username)).code == "WRONG_CREDENTIALS"


async def test_both_names_of_an_account_count_together(person: NewPerson, visitor: Person) -> None:
    ada = await person("ada")
    names = [ada.username, f"{ada.username}@example.com", ada.username.upper()] * 2
    codes = [(await sign_in(visitor, "198.51.102.1", name)).code for name in names]
    assert codes == ["WRONG_CREDENTIALS"] * 5 + ["RATE_LIMITED"]
