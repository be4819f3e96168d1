"""Counts over all processes, for monitors: the courier takes them to Redis in the round trip that it makes anyway.

They only ever grow; what is counted while Redis is away is left out, like all that Redis is told.
"""

import itertools
from collections import Counter
from typing import Any

from redis import Redis
from redis.client import Pipeline

from igapp import redislink

KEY = "tallies"

_numbers = itertools.count()


def add(name: str, **counts: int) -> None:
    """Count more under a name, by label; returns at once."""
    each = [(f"{name} {label}", count, next(_numbers)) for label, count in counts.items() if count]
    if each:
        redislink.courier().take(_carry, each)


def read(redis: Redis, name: str) -> dict[str, int]:
    """Return what was counted under a name since Redis began, by label; raises RedisError."""
    found: Any = redis.hgetall(KEY)
    fields = ((*field.decode().split(" ", 1), int(count)) for field, count in sorted(found.items()))
    return {label: count for of, label, count in fields if of == name}


def _carry(_redis: Redis, pipeline: Pipeline, each: list[tuple[str, int, int]]) -> None:
    """The courier takes equal values for one; the number tells them apart."""
    sums: Counter[str] = Counter()
    for field, count, _number in each:
        sums[field] += count
    for field, count in sums.items():
        pipeline.hincrby(KEY, field, count)
