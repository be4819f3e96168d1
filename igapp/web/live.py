"""How open pages learn what changed: a sequence number to start from, and polling where no socket connects."""

from redis.exceptions import RedisError

from igapp import bell, redislink


def newest_ring() -> str:
    """Return the sequence number that a page is painted at; read before what it shows, so that nothing is missed."""
    try:
        return bell.newest(redislink.link())
    except RedisError:
        return ""
