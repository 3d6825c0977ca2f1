"""Devices to talk with."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from embedded.node import NoNode
from tests.conftest import NewPerson
from tests.mls.client import Device, Engine
from tests.support.client import Person

NewDevice = Callable[..., Awaitable[Device]]


@pytest.fixture(scope="session")
async def engine() -> AsyncIterator[Engine]:
    try:
        engine = await Engine.start()
    except NoNode as error:
        pytest.skip(f"no Node: {error}")
    yield engine
    await engine.stop()


@pytest.fixture
async def device(person: NewPerson, engine: Engine) -> NewDevice:
    """`ada = await device("ada")`: a new person's device; `await device(owner=ada.person)`: another one of theirs."""
    names: list[str] = []

    async def new(name: str = "someone", owner: Person | None = None, packages: int = 2) -> Device:
        owner = owner or await person(name)
        made = Device(engine, owner, f"{owner.username}.{len(names)}")
        names.append(made.name)
        await made.register()
        if packages:
            assert not (await made.publish(packages))["userErrors"]
        return made

    return new


Pair = tuple[Device, Device, str]


@pytest.fixture
async def pair(device: NewDevice) -> Pair:
    """Two devices of two people, and their group."""
    ada, bob = await device("ada"), await device("bob")
    group = await ada.create()
    await ada.add(group, bob.person)
    assert await bob.catch_up() == []
    return ada, bob, group
