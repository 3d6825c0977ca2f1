"""`python -m bench.listeners PLAN`: clients in a process of their own, who listen, and some of whom write.

PLAN is JSON: {url, people: [[listen, init payload, send, headers]], rate, seconds}. `listen` is a subscription's
payload, `send` a request's body in whose place "@" stands for the text; both of one pair of people. Prints JSON: how
many sockets were opened a second, and how long each message took, in seconds.
"""

import asyncio
import json
import sys
import time
from typing import Any

import httpx
import orjson
import websockets

AT_ONCE = 50


async def main(plan: dict[str, Any]) -> dict[str, Any]:
    """Open all sockets, then send for `seconds`."""
    took: list[float] = []
    gate = asyncio.Semaphore(AT_ONCE)
    sockets: list[Any] = []

    async def open_one(listen: dict[str, Any], init: dict[str, Any]) -> None:
        async with gate:
            connection = await websockets.connect(
                plan["url"].replace("http", "ws"),
                subprotocols=[websockets.Subprotocol("graphql-transport-ws")],
                ping_interval=None,
                compression=None,
                open_timeout=60,
            )
            await connection.send(json.dumps({"type": "connection_init", "payload": init}))
            await connection.recv()
            await connection.send(json.dumps({"id": "1", "type": "subscribe", "payload": listen}))
            sockets.append(connection)

    async def hear(connection: Any) -> None:
        async for text in connection:
            now = time.monotonic()
            if '"ping"' in text:
                await connection.send('{"type":"pong"}')
            elif (at := text.find("@")) >= 0:
                took.append(now - float(text[at + 1 : text.index("@", at + 1)]))
            else:
                print(text[:300], file=sys.stderr)

    began = time.monotonic()
    await asyncio.gather(*(open_one(listen, init) for listen, init, _, _ in plan["people"]))
    opened = time.monotonic() - began
    hearing = [asyncio.create_task(hear(connection)) for connection in sockets]
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    async with httpx.AsyncClient(timeout=30) as http:
        senders = [each for each in plan["people"] if each[2]]

        async def send(n: int) -> None:
            _, _, body, headers = senders[n % len(senders)]
            text = orjson.dumps(body).replace(b"@", f"@{time.monotonic():.6f}@".encode())
            answer = await http.post(plan["url"], content=text, headers=headers | {"content-type": "application/json"})
            if b'"errors"' in answer.content:
                print(answer.text[:300], file=sys.stderr)

        count = int(plan["rate"] * plan["seconds"])
        start, tasks = time.monotonic(), []
        for n in range(count):
            await asyncio.sleep(max(start + n / plan["rate"] - time.monotonic(), 0))
            tasks.append(asyncio.create_task(send(n)))
        await asyncio.gather(*tasks)
        await asyncio.sleep(1)
    for task in hearing:
        task.cancel()
    return {"opened": len(sockets), "open_seconds": opened, "sent": count, "took": took}


print(json.dumps(asyncio.run(main(json.load(open(sys.argv[1]))))))  # noqa: SIM115
