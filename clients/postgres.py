"""PostgreSQL by asyncpg: a pool with bounds and timeouts."""

import asyncpg

Database = asyncpg.Pool
Connection = asyncpg.pool.PoolConnectionProxy
Queries = asyncpg.Pool | asyncpg.pool.PoolConnectionProxy
"""What can run a query: the pool, or one connection of it inside a transaction."""

Row = asyncpg.Record

Unavailable = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
)
"""What is raised when the server is away, starting or stopping: the same query may succeed later."""


async def connect(url: str, *, size: int) -> Database:
    """A pool of 1 to `size` connections. A query may take 10 s, waiting for a connection 5 s."""
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        command_timeout=10,
        timeout=5,
        max_inactive_connection_lifetime=60,
        server_settings={"application_name": "heliograph", "idle_in_transaction_session_timeout": "30000"},
    )
