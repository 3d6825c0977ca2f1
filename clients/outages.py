"""Which exceptions say that a part of the service is away, rather than that the program is wrong."""

from botocore.exceptions import ClientError

from clients import postgres, redis, s3

_AWAY = (*postgres.Unavailable, *redis.AWAY, *s3.AWAY)


def is_outage(error: BaseException | None) -> bool:
    """Whether the same operation may succeed once a part of the service answers again."""
    if isinstance(error, ClientError):
        return bool(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500)
    return isinstance(error, _AWAY)
