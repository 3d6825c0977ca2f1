"""`python -m bench.processing`: from the last byte of a photo to READY, with four waiting, beside decoding alone.

A stack of its own, the workers in a process of theirs. Four photos of 12 megapixels arrive at the same instant, again
and again; each is timed from then on. The same photo goes through the same decoder, one at a time, with nothing around
it: what is printed are ratios to that.
"""

import argparse
import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import msgspec

import config
from bench.media import photographs
from domain.media import actions
from domain.media.actions import File, create_uploads
from domain.media.quota import Quota
from domain.media.storage import quarantine_key
from embedded.process import free_port
from embedded.stack import Stack, environment
from kit import clock
from kit.sandbox import Sandbox
from migrations.__main__ import apply
from workers.parts import Parts, connect

ROOT = Path(__file__).parents[1]
WAITING = 4
QUOTA = Quota(1 << 40, 0, 1 << 40)
_MB = 1 << 20


async def arrive(parts: Parts, owner: int, source: Path) -> list[float]:
    """Seconds from the arrival of four photos until each is READY."""
    file = File("PHOTO", "image/jpeg", os.stat(source).st_size)
    ids = await create_uploads(parts.db, parts.bucket, owner, [file] * WAITING, None, QUOTA, clock.now())
    records = await parts.db.fetch("SELECT token FROM uploads WHERE id = ANY($1)", ids)
    tokens = [record["token"] for record in records]
    for token in tokens:
        await parts.bucket.put(quarantine_key(token), source, "image/jpeg", "no-store")
    began = time.perf_counter()
    await actions.receive(parts.db, parts.live, tokens)
    took: list[float] = []
    while len(took) < WAITING:
        ready = await parts.db.fetchval("SELECT count(*) FROM uploads WHERE id = ANY($1) AND status = 'READY'", ids)
        took += [time.perf_counter() - began] * (ready - len(took))
        await asyncio.sleep(0.005)
    return took


async def alone(decoder: Sandbox, folder: Path, source: Path) -> float:
    """Seconds that the decoder takes for the photo, with nothing else to do."""
    work = Path(tempfile.mkdtemp(dir=folder))
    shutil.copyfile(source, work / "source")
    began = time.perf_counter()
    place = {"source": str(work / "source"), "into": str(work)}
    await decoder.run({"op": "photo", "content_type": "image/jpeg", "filter": None, **place})
    took = time.perf_counter() - began
    shutil.rmtree(work)
    return took


def held(pid: int) -> int:
    """Bytes of memory that a process and all below it have of their own, as the kernel shares them out (PSS)."""
    total = 0
    for task in (Path("/proc") / str(pid) / "task").iterdir():
        total += sum(held(int(child)) for child in (task / "children").read_text().split())
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return total + int(line.split()[1]) * 1024
    return total


def start(environ: dict[str, str]) -> subprocess.Popen[bytes]:
    """The worker of media in a process of its own."""
    return subprocess.Popen([sys.executable, "-m", "workers", "media"], cwd=ROOT, env=environ)


async def main(rounds: int) -> None:
    """All of it."""
    folder = Path(tempfile.mkdtemp(prefix="heliograph-bench-"))
    stack = Stack(folder, msgspec.structs.replace(config.Settings(), port=free_port()))
    stack.start()
    workers: subprocess.Popen[bytes] | None = None
    decoder = Sandbox("domain.media.decoder", workers=1, timeout=60, memory_bytes=1536 * _MB, folder=folder)
    try:
        await apply(str(stack.settings.database_url))
        environ = {**os.environ, **environment(stack.settings)}
        workers = start(environ)
        source = photographs(folder)["sRGB"]
        async with connect(stack.settings) as parts:
            owner = await parts.db.fetchval(
                "INSERT INTO users (id, username, email, display_name, password_hash, birth_date, created_at) "
                "VALUES (next_id(0), 'a', 'a', 'a', '', $1, now()) RETURNING id",
                date(1990, 1, 1),
            )
            took, base, memory = [], [], 0
            for _ in range(rounds + 1):
                base.append(await alone(decoder, folder, source))
                took.append(await arrive(parts, owner, source))
                memory = max(memory, held(workers.pid))
    finally:
        await decoder.close()
        if workers is not None:
            workers.terminate()
            workers.wait(20)
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)
    # In the first, children start.
    one, times = statistics.median(base[1:]), sorted(each for round in took[1:] for each in round)
    quantiles = statistics.quantiles(times, n=100)
    print(f"{len(times)} photos, four at a time; one alone in the decoder: {one * 1000:.0f} ms")
    print(f"  READY after, over that: p50 {quantiles[49] / one:.1f}, p99 {quantiles[98] / one:.1f}, aim p50 below 4")
    print(f"  the workers and their decoders hold {memory / _MB:.0f} MB at most")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    asyncio.run(main(parser.parse_args().rounds))
