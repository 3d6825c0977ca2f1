"""GraphQL documents of sessions and profiles, and functions that change accounts."""

from typing import Any

from tests.support.client import Person

ERRORS = "userErrors { code field }"
PASSWORD_MUTATION = 'mutation {{ {name}(password: "{password}") {{ userErrors {{ code field }} }} }}'
SIGN_IN = """mutation ($login: String!, $password: String!) { signIn(input: {login: $login, password: $password}) {
  accessToken refreshToken viewer { user { id username } } userErrors { code message field } } }"""
REFRESH = """mutation ($token: String!) { refreshSession(refreshToken: $token) {
  accessToken refreshToken viewer { user { id username } } userErrors { code } } }"""
SIGN_OUT = "mutation ($token: String!) { signOut(refreshToken: $token) { userErrors { code } } }"
UPDATE_PROFILE = f"""mutation ($input: UpdateProfileInput!) {{ updateProfile(input: $input) {{
  user {{ username displayName bio isPrivate avatarUrl(width: 100) }} {ERRORS} }} }}"""


async def end_account(who: Person, name: str) -> None:
    assert await who.do(PASSWORD_MUTATION.format(name=name, password="heliograph")) == {"userErrors": []}


async def update_profile(person: Person, **changes: Any) -> dict[str, Any]:
    payload = await person.do(UPDATE_PROFILE, input=changes)
    assert payload["userErrors"] == [], payload
    user: dict[str, Any] = payload["user"]
    return user


async def sign_in_again(person: Person) -> None:
    """Sign in without an access token, for example after the clock has moved. Reactivates a deactivated account."""
    person.token = ""
    person.remember(await person.do(SIGN_IN, login=person.username, password="heliograph"))
