"""ring(): after the commit, tell every open page what changed, by name alone; pages then fetch it.

The names go through a Redis stream, so a page that was away can ask for what it missed.
"""

from typing import Any

from redis import Redis
from redis.client import Pipeline

from igapp import redislink
from igapp.db import after_commit

STREAM = "bell"
STREAM_LENGTH = 10_000
"""How many rings are kept for pages that come back; older ones make them fetch everything."""


def signed_out(user_id: int) -> str:
    """Return the topic on which the user's open pages look anew whether they are still signed in."""
    return f"signed-out:{user_id}"


def ring(topic: str) -> None:
    """Say after the commit that `topic` changed, such as "customer:42" or "desk:7"."""
    after_commit("rings", topic, _post)


def ring_at_once(topic: str) -> None:
    """Say that `topic` changed, where what changed is in no transaction."""
    _post([topic])


def newest(redis: Redis) -> str:
    """Return the sequence number of the newest ring ("0-0" when there is none)."""
    rings: Any = redis.xrevrange(STREAM, count=1)
    return rings[0][0].decode() if rings else "0-0"


def listen(redis: Redis, since: str, seconds: float) -> list[tuple[str, str]]:
    """Wait up to so many seconds for rings after `since`; returns (sequence number, topic) pairs."""
    answer: Any = redis.xread({STREAM: since}, count=1000, block=int(seconds * 1000))
    return [_ring(entry) for _stream, entries in answer or [] for entry in entries]


def missed(redis: Redis, since: str) -> list[tuple[str, str]] | None:
    """Return the rings after `since`, or None where the stream no longer reaches back that far."""
    oldest: Any = redis.xrange(STREAM, count=1)
    if not oldest or _order(oldest[0][0].decode()) > _order(since):
        return None
    rings: Any = redis.xrange(STREAM, min=f"({since}", count=STREAM_LENGTH)
    return [_ring(entry) for entry in rings]


def _post(topics: list[Any]) -> None:
    redislink.courier().take(_publish, topics)


def _publish(_redis: Redis, pipeline: Pipeline, topics: list[str]) -> None:
    for topic in topics:
        pipeline.xadd(STREAM, {"topic": topic}, maxlen=STREAM_LENGTH, approximate=True)


def _ring(entry: Any) -> tuple[str, str]:
    number, fields = entry
    return number.decode(), fields[b"topic"].decode()


def _order(number: str) -> tuple[int, int]:
    milliseconds, _, count = number.partition("-")
    return int(milliseconds), int(count or 0)
