"""Devices that speak MLS by ts-mls (npm), and to the server as any client would."""

import asyncio
import json
from asyncio.subprocess import Process
from pathlib import Path
from typing import Any, Self

from embedded import node
from tests.support.client import Person

ERRORS = "userErrors { code message field }"
DEVICE = f"device {{ id keyPackageCount lastSeenAt user {{ id }} }} {ERRORS}"
GROUP = f"group {{ id epoch devices {{ id }} }} {ERRORS}"
REGISTER = f"mutation ($key: Base64!) {{ registerMlsDevice(signatureKey: $key) {{ {DEVICE} }} }}"
REMOVE = f"mutation ($id: ID!) {{ removeMlsDevice(deviceId: $id) {{ removedId {ERRORS} }} }}"
PUBLISH = f"mutation ($input: PublishMlsKeyPackagesInput!) {{ publishMlsKeyPackages(input: $input) {{ {DEVICE} }} }}"
CLAIM = f"""mutation ($user: ID!, $group: ID!) {{ claimMlsKeyPackages(userId: $user, groupId: $group) {{
  keyPackages {{ device {{ id user {{ id }} keyPackageCount }} keyPackage }} {ERRORS} }} }}"""
CREATE = f"mutation ($input: CreateMlsGroupInput!) {{ createMlsGroup(input: $input) {{ {GROUP} }} }}"
SEND = f"mutation ($input: SendMlsMessageInput!) {{ sendMlsMessage(input: $input) {{ {GROUP} }} }}"
COMMIT = f"mutation ($input: CommitMlsGroupInput!) {{ commitMlsGroup(input: $input) {{ {GROUP} }} }}"
LEAVE = f"mutation ($id: ID!) {{ leaveMlsGroup(groupId: $id) {{ removedId {ERRORS} }} }}"
ACKNOWLEDGE = f"""mutation ($id: ID!, $upTo: Long!) {{ acknowledgeMlsMessages(deviceId: $id, upTo: $upTo) {{
  {DEVICE} }} }}"""
MESSAGES = """query ($id: ID!, $after: Long = 0, $first: Int = 100) {
  mlsMessages(deviceId: $id, after: $after, first: $first) { sequence kind groupId epoch message sentAt } }"""


class EngineError(Exception):
    """ts-mls would not do it."""


class Engine:
    """A process of Node that holds the secrets of all devices of a test."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._turn = asyncio.Lock()

    @classmethod
    async def start(cls) -> Self:
        """Raises `node.NoNode`."""
        folder = await asyncio.to_thread(node.installed, Path(__file__).parents[1] / "npm")
        pipe = asyncio.subprocess.PIPE
        return cls(
            await asyncio.create_subprocess_exec(
                node.node(folder), "mls.mjs", cwd=folder, stdin=pipe, stdout=pipe, limit=2**24
            )
        )

    async def stop(self) -> None:
        self._process.kill()
        await self._process.wait()

    async def do(self, command: str, who: str, **given: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        async with self._turn, asyncio.timeout(30):
            self._process.stdin.write(json.dumps({"do": command, "as": who, **given}).encode() + b"\n")
            answer = json.loads(await self._process.stdout.readline())
        if "error" in answer:
            raise EngineError(answer["error"])
        return answer["value"]


class Device:
    """A device of somebody's, registered."""

    def __init__(self, engine: Engine, person: Person, name: str) -> None:
        self.engine = engine
        self.person = person
        self.name = name
        self.id = ""

    @property
    def identity(self) -> str:
        return f"{self.person.id}/{self.id}"

    async def do(self, command: str, **given: Any) -> Any:
        return await self.engine.do(command, self.name, **given)

    async def register(self) -> None:
        self.id = (await done(self.person, REGISTER, key=await self.do("device")))["device"]["id"]

    async def publish(self, count: int = 1, **wanted: Any) -> dict[str, Any]:
        """The payload of publishing so many new packages."""
        packages = await self.do("packages", identity=self.identity, count=count, **wanted)
        return await self.person.do(PUBLISH, input={"deviceId": self.id, "keyPackages": packages})

    async def create(self) -> str:
        """A group with this device in it, on the server and in MLS."""
        group: str = (await done(self.person, CREATE, input={"deviceId": self.id}))["group"]["id"]
        await self.do("create", group=group, identity=self.identity)
        return group

    async def claim(self, group: str, other: Person) -> list[str]:
        """Packages of somebody's devices."""
        payload = await done(self.person, CLAIM, user=other.id, group=group)
        return [each["keyPackage"] for each in payload["keyPackages"]]

    async def commit(self, group: str, add: list[str] | None = None, remove: list["Device"] | None = None) -> Any:
        """Send a commit; the payload. Where it was accepted, this device is in the next epoch."""
        removed = remove or []
        made = await self.do("commit", group=group, add=add or [], remove=[device.identity for device in removed])
        ids = [device.id for device in removed]
        payload = await self.person.do(COMMIT, input={"deviceId": self.id, "removedDeviceIds": ids, **made})
        if not payload["userErrors"]:
            await self.do("accepted", group=group)
        return payload

    async def add(self, group: str, *people: Person) -> None:
        """Add all devices of these people."""
        packages = [package for person in people for package in await self.claim(group, person)]
        payload = await self.commit(group, add=packages)
        assert not payload["userErrors"], payload

    async def send(self, group: str, text: str, **more: Any) -> dict[str, Any]:
        """The payload of sending this, encrypted."""
        message = await self.do("say", group=group, text=text)
        return await self.person.do(SEND, input={"deviceId": self.id, "message": message, **more})

    async def say(self, group: str, text: str) -> None:
        payload = await self.send(group, text)
        assert not payload["userErrors"], payload

    async def waiting(self, **arguments: Any) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = (await self.person.ask(MESSAGES, id=self.id, **arguments))["mlsMessages"]
        return messages

    async def acknowledge(self, up_to: int) -> None:
        await done(self.person, ACKNOWLEDGE, id=self.id, upTo=up_to)

    async def take(self, message: dict[str, Any]) -> str | None:
        """Process a message; what it says, if it is one of a person."""
        command = "join" if message["kind"] == "WELCOME" else "hear"
        heard = await self.do(command, group=message["groupId"], message=message["message"])
        text: str | None = heard.get("text")
        return text

    async def catch_up(self) -> list[str]:
        """Process what waits and acknowledge it; what people said."""
        said = []
        while messages := await self.waiting():
            for message in messages:
                said.append(await self.take(message))
            await self.acknowledge(messages[-1]["sequence"])
        return [text for text in said if text is not None]


async def done(person: Person, document: str, **variables: Any) -> dict[str, Any]:
    """The payload of a mutation that has no user errors."""
    payload = await person.do(document, **variables)
    assert not payload["userErrors"], payload
    return payload


def codes(payload: dict[str, Any]) -> list[tuple[str, ...]]:
    """What was refused, and where."""
    return [(error["code"], *(error["field"] or ())) for error in payload["userErrors"]]


async def in_group(device: Device, group: str) -> list[str]:
    """The devices that the server has in a group, as one of them sees it."""
    document = "query ($id: ID!) { node(id: $id) { ... on MlsGroup { devices { id } } } }"
    return [each["id"] for each in (await device.person.ask(document, id=group))["node"]["devices"]]
