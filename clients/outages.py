"""Which exceptions mean that an external system is away, and not a bug."""

import errno

import asyncpg
from botocore.exceptions import ClientError

from clients import postgres, redis, s3

_AWAY = (*postgres.Unavailable, *redis.AWAY, *s3.AWAY)
_OURS = {errno.ENOENT, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EROFS, errno.EMFILE, errno.EISDIR, errno.ENOTDIR}
"""Errors of files and of this process, which are OSErrors too."""


def is_outage(error: BaseException | None) -> bool:
    """Return whether a retry may succeed when the external system is back."""
    if isinstance(error, ClientError):
        return bool(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500)
    if isinstance(error, OSError) and error.errno in _OURS:
        return False
    # A statement that exceeded the server's own limit would do so again.
    return isinstance(error, _AWAY) and not isinstance(error, asyncpg.QueryCanceledError)
