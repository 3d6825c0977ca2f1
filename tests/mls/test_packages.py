"""Devices and their key packages: what is refused, and who is given one."""

import asyncio
import base64
from datetime import timedelta

import pytest

from domain.accounts import reads as accounts
from domain.limits import Budget, Limits
from domain.mls import packages
from kit import clock
from kit.errors import RateLimited
from tests.conftest import Clock, NewPerson
from tests.mls.client import (
    CLAIM,
    CREATE,
    PUBLISH,
    REGISTER,
    Device,
    codes,
    done,
)
from tests.mls.conftest import NewDevice
from tests.support.client import Failed
from tests.support.opaque_ids import number
from tests.support.posts import mutate_by_id
from workers.parts import Parts


async def test_registering_is_idempotent_and_bounded(device: NewDevice) -> None:
    ada = await device("ada", packages=0)
    key = await ada.do("device")
    first, second = [await done(ada.person, REGISTER, key=key) for _ in range(2)]
    assert first["device"] == second["device"]
    assert codes(await ada.person.do(REGISTER, key="AAAA")) == [("INVALID", "signatureKey")]
    for _ in range(6):
        await done(ada.person, REGISTER, key=await ada.do("device"))
    assert codes(await ada.person.do(REGISTER, key=await ada.do("device"))) == [("TOO_MANY", "signatureKey")]
    for wrong in ("A", "AA==A", "%%%%", "A" * 200_000, 5):
        with pytest.raises(Failed):
            await ada.person.do(REGISTER, key=wrong)


async def test_packages_that_other_clients_would_refuse(device: NewDevice) -> None:
    ada, bob = await device("ada", packages=0), await device("bob", packages=0)
    [good] = await ada.do("packages", identity=ada.identity)
    content = base64.b64decode(good)
    wrong = [content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :] for place in range(len(content))]
    wrong += [content[:length] for length in range(0, len(content), 16)] + [content + b"\0", b"", content[4:]]
    texts = [base64.b64encode(each).decode() for each in wrong]
    for start in range(0, len(texts), 100):
        some = texts[start : start + 100]
        payload = await ada.person.do(PUBLISH, input={"deviceId": ada.id, "keyPackages": [good, *some[:99]]})
        refused = {int(error["field"][1]) for error in payload["userErrors"]}
        assert refused == set(range(1, 1 + len(some[:99]))), payload
        assert {error["code"] for error in payload["userErrors"]} == {"INVALID"}
    for odd in (
        {"identity": bob.identity},
        {"identity": ada.person.id},
        {"days": -1},
        {"days": 367},
        {"begun": -3600},
        {"credentials": ["x509"]},
    ):
        [package] = await ada.do("packages", **{"identity": ada.identity, **odd})
        payload = await ada.person.do(PUBLISH, input={"deviceId": ada.id, "keyPackages": [good, package]})
        assert set(codes(payload)) == {("INVALID", "keyPackages", "1")}, odd
    [package] = await bob.do("packages", identity=ada.identity)
    payload = await ada.person.do(PUBLISH, input={"deviceId": ada.id, "keyPackages": [package]})
    assert codes(payload) == [("INVALID", "keyPackages", "0")], "signed by another key"
    large = base64.b64encode(content + bytes(4096)).decode()
    payload = await ada.person.do(PUBLISH, input={"deviceId": ada.id, "keyPackages": [large]})
    assert codes(payload) == [("TOO_LONG", "keyPackages", "0")]
    payload = await bob.person.do(PUBLISH, input={"deviceId": ada.id, "keyPackages": [good]})
    assert codes(payload) == [("NOT_FOUND", "deviceId")]
    for count, _ in ((1, "kept"), (1, "known already")):
        payload = await done(ada.person, PUBLISH, input={"deviceId": ada.id, "keyPackages": [good]})
        assert payload["device"]["keyPackageCount"] == count
    assert codes(await ada.publish(100)) == [("TOO_MANY", "keyPackages")]
    assert (await ada.publish(99))["device"]["keyPackageCount"] == 100


async def test_a_package_is_handed_out_once_and_then_the_last_resort(device: NewDevice, person: NewPerson) -> None:
    ada = await device("ada", packages=40)
    assert codes(await ada.publish(2, lastResort=True)) == [("TOO_MANY", "keyPackages")]
    for _ in range(2):  # the second takes the place of the first
        assert not (await ada.publish(1, lastResort=True))["userErrors"]
    people = await asyncio.gather(*(person() for _ in range(50)))
    askers = [await device(owner=each, packages=0) for each in people]
    groups = [(await done(each.person, CREATE, input={"deviceId": each.id}))["group"]["id"] for each in askers]

    async def ask(asker: Device, group: str) -> str:
        [package] = await asker.claim(group, ada.person)
        return package

    given = await asyncio.gather(*(ask(asker, group) for asker, group in zip(askers, groups, strict=True)))
    [(last_resort, times)] = [(each, given.count(each)) for each in set(given) if given.count(each) > 1]
    assert (times, len(set(given))) == (10, 41)
    own = await ada.person.ask("{ viewer { mlsDevices { keyPackageCount } } }")
    assert own["viewer"]["mlsDevices"] == [{"keyPackageCount": 0}]

    assert await ask(askers[0], groups[0]) == given[0], "a retry is given the same"
    assert not (await ada.publish(1))["userErrors"]
    late = await askers[1].person.do(CREATE, input={"deviceId": askers[1].id})
    assert await ask(askers[1], late["group"]["id"]) not in (*given, last_resort)


async def test_the_last_resort_works(device: NewDevice) -> None:
    bob = await device("bob", packages=0)
    assert not (await bob.publish(1, lastResort=True))["userErrors"]
    for name in ("ada", "eve"):
        other = await device(name)
        group = await other.create()
        await other.add(group, bob.person)
        await other.say(group, name)
        assert await bob.catch_up() == [name]


async def test_who_may_not_write_gets_no_packages(device: NewDevice) -> None:
    ada, eve = await device("ada"), await device("eve")
    group, foreign = await eve.create(), await ada.create()

    async def refused(group: str = group, user: str = ada.person.id) -> list[tuple[str, ...]]:
        payload = await eve.person.do(CLAIM, user=user, group=group)
        assert payload["keyPackages"] == []
        return codes(payload)

    assert await refused(group=foreign) == await refused(group=ada.id) == [("NOT_FOUND", "groupId")]
    assert await refused(user=group) == [("NOT_FOUND", "userId")]
    with pytest.raises(Failed, match="BAD_USER_INPUT"):
        await refused(group="no id")
    for blocker, blocked in ((ada, eve), (eve, ada)):
        await mutate_by_id(blocker.person, "block", userId=blocked.person.id)
        assert await refused() == [("NOT_FOUND", "userId")]
        await mutate_by_id(blocker.person, "unblock", userId=blocked.person.id)
    [package] = await eve.claim(group, ada.person)
    await mutate_by_id(ada.person, "block", userId=eve.person.id)
    assert codes(await eve.commit(group, add=[package])) == [("NOT_ALLOWED",)], "claimed before the block"
    assert await ada.waiting() == []
    await mutate_by_id(ada.person, "unblock", userId=eve.person.id)
    assert not (await eve.commit(group, add=[package]))["userErrors"]
    await ada.person.do(
        'mutation { deactivateAccount(password: "heliograph") { userErrors { code } } }',
    )
    other = await eve.create()
    assert await refused(group=other) == [("NOT_FOUND", "userId")]


async def test_many_askers_leave_a_person_their_packages(device: NewDevice, parts: Parts) -> None:
    ada, eve = await device("ada"), await device("eve")
    group = await eve.create()
    limits = Limits(parts.redis, {"mlsKeyPackages": Budget(1, 3600)}, clock.now)
    viewer, [user] = (
        number(eve.person.id),
        await accounts.users(parts.db, number(eve.person.id), [number(ada.person.id)]),
    )
    assert user is not None

    async def claim() -> list[bytes]:
        found = await packages.claim(parts.db, limits, viewer, user, number(group), clock.now())
        return [each.key_package for each in found]

    [first] = await claim()
    assert await claim() == [first], "what was claimed already costs nothing"
    group = await eve.create()
    with pytest.raises(RateLimited):
        await claim()
    [last_resort] = await ada.do("packages", identity=ada.identity, lastResort=True)
    await done(ada.person, PUBLISH, input={"deviceId": ada.id, "keyPackages": [last_resort]})
    assert await claim() == [base64.b64decode(last_resort)]


async def test_expired_packages(device: NewDevice, parts: Parts, now: Clock) -> None:
    ada = await device("ada", packages=0)
    assert not (await ada.publish(3, days=1))["userErrors"]
    eve = await device("eve")
    group = await eve.create()
    with now.moved(minutes=14):
        assert len(await eve.claim(group, ada.person)) == 1
    other = await eve.create()
    user = (await accounts.users(parts.db, number(eve.person.id), [number(ada.person.id)]))[0]
    assert user is not None
    limits, later = Limits(parts.redis, {"*": Budget(9, 9)}, clock.now), clock.now() + timedelta(days=2)
    assert await packages.claim(parts.db, limits, number(eve.person.id), user, number(other), later) == []
    while await packages.forget_old(parts.db, later):
        pass
    assert not await parts.db.fetchval("SELECT count(*) FROM mls_key_packages WHERE device_id = $1", number(ada.id))
