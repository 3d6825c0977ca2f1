"""Which exceptions say that a part of the service is away, rather than that the program is wrong."""

import errno

import asyncpg
from botocore.exceptions import ClientError

from clients import postgres, redis, s3

_AWAY = (*postgres.Unavailable, *redis.AWAY, *s3.AWAY)
_OURS = {errno.ENOENT, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EROFS, errno.EMFILE, errno.EISDIR, errno.ENOTDIR}
"""Errors of files and of this process, which are OSErrors too."""


def is_outage(error: BaseException | None) -> bool:
    """Whether the same operation may succeed once a part of the service answers again."""
    if isinstance(error, ClientError):
        return bool(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500)
    if isinstance(error, OSError) and error.errno in _OURS:
        return False
    # A statement that ran into the server's own limit would do so again.
    return isinstance(error, _AWAY) and not isinstance(error, asyncpg.QueryCanceledError)
