"""Which exceptions say that a part of the service is away, rather than that the program is wrong."""

from botocore.exceptions import ClientError, HTTPClientError

from clients import postgres, redis

_AWAY = (*postgres.Unavailable, *redis.AWAY, HTTPClientError)


def is_outage(error: BaseException | None) -> bool:
    """Whether the same operation may succeed once a part of the service answers again."""
    if isinstance(error, ClientError):
        return bool(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500)
    return isinstance(error, _AWAY)
