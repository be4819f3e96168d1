"""How many sockets all web processes hold: each writes its number down in Redis for as long as it has any."""

from datetime import datetime
from typing import Any

from redis import Redis

KEY = "sockets"
REPORT_SECONDS = 5.0
"""How often a process says how many it holds."""
FORGET_SECONDS = 15.0
"""A process that has said nothing for so long is gone, and its sockets with it."""


def report(redis: Redis, process: str, sockets: int, now: datetime) -> None:
    """Write down how many sockets a process holds."""
    if sockets:
        redis.hset(KEY, process, f"{sockets} {now.timestamp()}")
    else:
        redis.hdel(KEY, process)


def total(redis: Redis, now: datetime) -> int:
    """Return the sockets of all processes, and forget those that are gone; raises RedisError."""
    told: Any = redis.hgetall(KEY)
    numbers = {process: told_by.split() for process, told_by in told.items()}
    gone = [process for process, (_, at) in numbers.items() if now.timestamp() - float(at) > FORGET_SECONDS]
    if gone:
        redis.hdel(KEY, *gone)
    return sum(int(sockets) for process, (sockets, _) in numbers.items() if process not in gone)
