"""Probes of services: each writes data and reads it. Raises OSError on failure, or after a timeout."""

import asyncio
import secrets
import socket

import asyncpg

PROBE_S = 4.0


def postgres(url: str) -> None:
    """Commit a transaction that has written to the log."""

    async def write() -> None:
        async with asyncio.timeout(PROBE_S):
            connection = await asyncpg.connect(url, timeout=PROBE_S)
            try:
                # A transaction that has an id is written to the log when it commits, and waits for the disk.
                await connection.fetchval("SELECT pg_current_xact_id()", timeout=PROBE_S)
            finally:
                connection.terminate()

    try:
        asyncio.run(write())
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise OSError(str(error)) from None


def valkey(port: int) -> None:
    """Set a key and get it."""
    token = secrets.token_hex(8)
    with socket.create_connection(("127.0.0.1", port), timeout=PROBE_S) as connection:
        connection.sendall(f"SET probe:local {token} EX 60\r\nGET probe:local\r\nQUIT\r\n".encode())
        answer = connection.makefile("rb").read()
    if token.encode() not in answer:
        raise OSError(answer.decode(errors="replace").strip() or "no answer")
