"""`python -m bench.live`: thousands listen to one server process while some write to each other.

Ours (PostgreSQL, Valkey, privacy, a log that can be resumed) beside the stock way, broadcaster's memory backend with
nothing kept: memory of an idle listener, processor time of a message, and how long it is on its way.
"""

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import msgspec

import config
from bench.cpu import spent
from bench.limits import UNLIMITED
from clients import postgres
from domain.accounts.reads import users
from domain.accounts.tokens import Tokens
from domain.messages import members
from domain.messages.rows import Conversation
from domain.messages.sealing import Keys
from embedded.process import free_port
from embedded.stack import Stack, environment
from kit import clock, ids
from kit.keys import derive
from migrations.__main__ import apply

LISTEN = """subscription { conversationEvents { ... on MessageSent { message { text sender { id } } } } }"""
SEND = """mutation ($in: ID!, $text: String!) {
  sendMessage(input: { conversationId: $in, text: $text }) { message { id } userErrors { code } } }"""
PROCESSES = 2


async def people(settings: config.Settings, listeners: int, pairs: int) -> list[list[Any]]:
    """Plans of so many listeners, of whom the first write in pairs."""
    db = await postgres.connect(str(settings.database_url), size=5)
    tokens = Tokens(derive(str(settings.secret), "access"), derive(str(settings.secret), "refresh"), clock.now)
    keys = Keys(config.wrapping_keys(settings))
    rows = await db.fetch(
        """
        INSERT INTO users (id, username, email, display_name, password_hash, birth_date, created_at)
        SELECT next_id(n % 4096), 'l' || n, 'l' || n, 'l' || n, '', $2, now() FROM generate_series(1, $1) n RETURNING id
        """,
        listeners,
        date(1990, 1, 1),
    )
    sessions = await db.fetch(
        """
        INSERT INTO sessions (id, user_id, nonce, rotated_at, expires_at, generation)
        SELECT next_id(0), id, '', now(), now() + interval '1 day', 0 FROM users RETURNING id, user_id
        """
    )
    session = {row["user_id"]: row["id"] for row in sessions}
    plans = []
    for n, row in enumerate(rows):
        header = {"authorization": f"Bearer {tokens.access(row['id'], session[row['id']])[0]}"}
        body = None
        if n < pairs * 2:
            [other] = await users(db, row["id"], [rows[n ^ 1]["id"]])
            assert other is not None
            conversation_id, _ = await members.start(db, keys, row["id"], [other], None, None)
            opaque = ids.encode(Conversation.TAG, conversation_id)
            body = {"query": SEND, "variables": {"in": opaque, "text": "@"}}
        plans.append([{"query": LISTEN}, header, body, header])
    await db.close()
    return plans


def stock(listeners: int, pairs: int) -> list[list[Any]]:
    """The same for the stock server: who writes is heard by both, as ours are."""
    plans: list[list[Any]] = []
    for n in range(listeners):
        listen = {"query": "subscription ($to: String!) { said(to: $to) }", "variables": {"to": str(n // 2)}}
        send = {"query": "mutation ($to: String!, $text: String!) { send(to: $to, text: $text) }"}
        body = send | {"variables": {"to": str(n // 2), "text": "@"}} if n < pairs * 2 else None
        plans.append([listen, {}, body, {}])
    return plans


def run(name: str, command: list[str], environ: dict[str, str], plans: list[list[Any]], given: Any) -> dict[str, float]:
    """Serve, listen, write; what came of it."""
    port = free_port()
    log = open(tempfile.gettempdir() + f"/bench-live-{name}.log", "wb")  # noqa: SIM115
    server = subprocess.Popen(
        [*command, "--port", str(port), "--log-level", "warning"], env={**os.environ, **environ}, stdout=log, stderr=log
    )
    url = f"http://127.0.0.1:{port}/graphql"
    try:
        for _ in range(300):
            try:
                httpx.post(url, json={"query": "{ __typename }"})
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        before = rss(server.pid)
        clients = []
        # Pairs stay together.
        twos = [plans[n : n + 2] for n in range(0, len(plans), 2)]
        shares = [[plan for two in twos[n::PROCESSES] for plan in two] for n in range(PROCESSES)]
        for share in shares:
            with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
                json.dump({"url": url, "people": share, "rate": given.rate / PROCESSES, "seconds": given.seconds}, file)
            clients.append(
                subprocess.Popen(
                    [sys.executable, "-m", "bench.listeners", file.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE
                )
            )
        for client in clients:
            assert client.stdout is not None
            assert client.stdout.readline() == b"ready\n"
        time.sleep(3)
        idle, worked = rss(server.pid), spent(server.pid)
        for client in clients:
            assert client.stdin is not None
            client.stdin.write(b"go\n")
            client.stdin.flush()
        results = []
        for client in clients:
            assert client.stdout is not None
            results.append(json.loads(client.stdout.readline()))
            client.wait(30)
        took = sorted(each for result in results for each in result["took"])
        sent = sum(result["sent"] for result in results)
        assert len(took) == 2 * sent, f"{name}: {len(took)} of {2 * sent} were heard"
        return {
            "kilobytes": (idle - before) / len(plans),
            "opened": sum(result["opened"] / result["open_seconds"] for result in results),
            "p50": statistics.median(took) * 1000,
            "p99": took[int(len(took) * 0.99)] * 1000,
            "cpu": (spent(server.pid) - worked) / sent * 1000,
        }
    finally:
        server.kill()
        server.wait()
        log.close()


def rss(pid: int) -> int:
    """Kilobytes of memory that a process holds."""
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1])


def main() -> None:
    """Measure both, one after the other, and print what they do to each other."""
    parser = argparse.ArgumentParser(prog="python -m bench.live", description=__doc__)
    parser.add_argument("--listeners", type=int, default=5000)
    parser.add_argument("--pairs", type=int, default=500)
    parser.add_argument("--rate", type=float, default=1000 / 60, help="messages a second")
    parser.add_argument("--seconds", type=float, default=30)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="heliograph-bench-"))
    settings = msgspec.structs.replace(config.Settings(), limits=UNLIMITED, database_pool=20)
    stack = Stack(folder, settings)
    stack.start()
    try:
        asyncio.run(apply(str(stack.settings.database_url)))
        plans = asyncio.run(people(stack.settings, given.listeners, given.pairs))
        uvicorn = [sys.executable, "-m", "uvicorn"]
        ours = run("ours", [*uvicorn, "app:app"], environment(stack.settings), plans, given)
        theirs = run("stock", [*uvicorn, "bench.peers.live:app"], {}, stock(given.listeners, given.pairs), given)
    finally:
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{given.listeners:,} listeners, {given.rate * 60:,.0f} messages a minute; ours / stock in memory")
    for name, unit in (
        ("kilobytes", "KB a listener"),
        ("opened", "sockets opened a second"),
        ("p50", "ms p50"),
        ("p99", "ms p99"),
        ("cpu", "ms of processor time a message"),
    ):
        print(f"  {unit:32} {ours[name]:9.2f} / {theirs[name]:9.2f} = {ours[name] / theirs[name]:.2f}")


if __name__ == "__main__":
    main()
