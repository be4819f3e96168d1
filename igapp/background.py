"""later(): work for the background, queued once the commit has happened; any work is queued at most once.

A job is a name and ids. The row it is about is the truth: a job lost with Redis is found by the clock.
"""

from typing import Any

from redis import Redis
from redis.client import Pipeline
from rq import Queue
from rq.serializers import JSONSerializer

from igapp import redislink
from igapp.db import after_commit

QUEUES = ("outbound", "ingest", "media", "maintenance")
"""The queues, each drained by workers that no other queue can starve (media and maintenance share theirs)."""

QUEUE_OF = {
    "drain": "ingest",
    "route": "ingest",
    "deliver": "outbound",
    "settle": "outbound",
    "fetch_media": "media",
    "fetch_profile": "media",
    "fetch_comment": "media",
    "fetch_message": "media",
    "fetch_post": "media",
    "find_gaps": "maintenance",
    "find_comments": "maintenance",
    "replay": "maintenance",
    "refresh_token": "maintenance",
    "check_subscription": "maintenance",
    "recheck_comment": "maintenance",
    "erase": "maintenance",
    "retain": "maintenance",
}
"""Which queue a job of igapp.jobs waits in."""

RUNS, SECONDS = "jobs:runs", "jobs:seconds"
"""Where Redis counts the jobs that have ended, and the seconds that they took."""
JOB_SECONDS = 120
"""RQ's own limit for one job; every job ends far sooner."""
FLAG_SECONDS = 60
"""A job that is flagged as queued is not queued again for so long, unless it has begun."""


def later(job: str, *ids: int | str) -> None:
    """Queue `igapp.jobs.<job>(*ids)` after the commit, once, however often it was asked for."""
    QUEUE_OF[job]
    after_commit("jobs", (job, *ids), _post)


def at_once(*calls: tuple[int | str, ...]) -> None:
    """Queue jobs, each (name, *ids), for what is committed already."""
    if calls:
        _post(list(calls))


def begun(redis: Redis, job: str, *ids: int | str) -> None:
    """Lower the flag first thing in a job: what is asked for from now on is queued again."""
    redis.delete(_flag((job, *ids)))


def took(job: str, seconds: float) -> None:
    """Count a job that has ended, and the seconds that it took, over all processes."""
    redislink.courier().take(_count, [(job, seconds)])


def durations(redis: Redis) -> dict[str, tuple[int, float]]:
    """Return of each job how many have ended and the seconds that they took; raises RedisError."""
    runs: Any = redis.hgetall(RUNS)
    seconds: Any = redis.hgetall(SECONDS)
    return {job.decode(): (int(count), float(seconds.get(job, 0))) for job, count in sorted(runs.items())}


def queue(redis: Redis, name: str) -> Queue:
    """Return RQ's queue of that name; arguments travel as JSON, since pickles are code."""
    return Queue(name, connection=redis, serializer=JSONSerializer)


def _count(_redis: Redis, pipeline: Pipeline, ended: list[tuple[str, float]]) -> None:
    for job, seconds in ended:
        pipeline.hincrby(RUNS, job, 1)
        pipeline.hincrbyfloat(SECONDS, job, seconds)


def _post(asked: list[Any]) -> None:
    redislink.courier().take(_enqueue, asked)


def _enqueue(redis: Redis, pipeline: Pipeline, asked: list[tuple[Any, ...]]) -> None:
    with redis.pipeline(transaction=False) as flags:
        for call in asked:
            flags.set(_flag(call), 1, nx=True, ex=FLAG_SECONDS)
        raised = flags.execute()
    fresh = [call for call, is_raised in zip(asked, raised, strict=True) if is_raised]
    for name in {QUEUE_OF[call[0]] for call in fresh}:
        jobs = [_prepared(call) for call in fresh if QUEUE_OF[call[0]] == name]
        queue(redis, name).enqueue_many(jobs, pipeline=pipeline)


def _prepared(call: tuple[Any, ...]) -> Any:
    job, *ids = call
    return Queue.prepare_data(
        f"igapp.jobs.{job}",
        args=tuple(ids),
        timeout=JOB_SECONDS,
        result_ttl=0,
        failure_ttl=3600,
        description=job,
    )


def _flag(call: tuple[Any, ...]) -> str:
    return "queued:" + ":".join(str(part) for part in call)
