"""Valkey or Redis by redis-py: one client for commands that answer at once, one for reads that wait."""

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

__all__ = [
    "NoScriptError",
    "Pipeline",
    "Redis",
    "RedisConnectionError",
    "RedisError",
    "RedisTimeoutError",
    "ResponseError",
    "connect",
]


def connect(url: str, *, waits: bool = False) -> Redis:
    """A client of up to 50 connections; a command fails after 5 s, having tried to reconnect for about 2 s.

    Who finds all connections in use waits for one, at most 5 s.

    With `waits`, reads have no timeout of their own: for commands that block for longer, on connections not shared
    with anything else.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=50,
        timeout=5,
        socket_connect_timeout=2,
        socket_timeout=None if waits else 5,
        retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.5), 5, supported_errors=(RedisConnectionError,)),
        retry_on_error=[RedisConnectionError],
        health_check_interval=0,
    )
    return Redis.from_pool(pool)
