"""A gibibyte by parts, from a phone that sends four at a time: no process of ours grows by it."""

import asyncio
import re
import signal
from pathlib import Path
from typing import Any

from tests.support.client import Person, video
from tests.support.local_stack import LocalStack
from tests.support.multipart_uploads import COMPLETE_UPLOAD, begin_upload
from tests.support.videos import finished_video

MIB = 1024**2
SIZE = 1024 * MIB
GROWTH = 48 * MIB


def padded(size: int) -> bytes:
    """The beginning of a video of `size` bytes: the rest is a box of nothing."""
    content = video(2)
    return content + (size - len(content)).to_bytes(4) + b"free"


def ours(parent: int) -> dict[int, str]:
    """Processes of Python below `parent`, and what they run."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            status = (entry / "status").read_text()
            command = (entry / "cmdline").read_bytes().decode().replace("\0", " ").strip()
        except OSError:
            continue
        parents[int(entry.name)] = (int(re.findall(r"^PPid:\s+(\d+)", status, re.MULTILINE)[0]), command)
    found = {parent}
    while more := {pid for pid, (above, _) in parents.items() if above in found} - found:
        found |= more
    return {pid: parents[pid][1] for pid in found if "python" in parents[pid][1]}


def peak(pid: int) -> int:
    """The most bytes of memory that the process has had since `reset`."""
    found = re.findall(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(found[0]) * 1024


def reset(pid: int) -> None:
    """Count from what it has now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


async def send(person: Person, size: int) -> dict[str, Any]:
    """A video of `size` bytes, once all its renditions are there."""
    upload = await begin_upload(person, size)
    start = padded(size)
    part_size = upload["target"]["partSize"]
    gate = asyncio.Semaphore(4)

    async def put(part: dict[str, Any]) -> None:
        begin_at = (part["number"] - 1) * part_size
        content = start[begin_at : begin_at + part["byteSize"]]
        async with gate:
            answer = await person.http.put(part["url"], content=content.ljust(part["byteSize"], b"\0"))
            assert answer.status_code == 200, answer.text

    async with asyncio.TaskGroup() as tasks:
        for part in upload["target"]["parts"]:
            tasks.create_task(put(part))
    payload = await person.do(COMPLETE_UPLOAD, id=upload["id"])
    assert not payload["userErrors"], payload
    return await finished_video(person, upload["id"])


async def test_memory_stays_flat(local: LocalStack) -> None:
    local.run()
    assert local.process is not None
    async with Person(local.base_url) as ada:
        await ada.sign_up("ada")
        assert (await send(ada, 20 * MIB))["status"] == "READY"
        before = ours(local.process.pid)
        assert {"app.py", "uvicorn", "workers", "kit.jail"} <= {
            name
            for name in ("app.py", "uvicorn", "workers", "kit.jail")
            if any(name in each for each in before.values())
        }
        at_first = {}
        for pid in before:
            reset(pid)
            at_first[pid] = peak(pid)
        assert (await send(ada, SIZE))["status"] == "READY"
        after = ours(local.process.pid)
        grown = {after[pid]: peak(pid) - at_first[pid] for pid in after if pid in at_first}
        assert len(grown) >= 4
        assert max(grown.values()) < GROWTH, {name: round(by / MIB) for name, by in grown.items()}
    assert local.strike(signal.SIGTERM) == 0
