"""Metrics for Prometheus, behind a token of their own."""

import hmac
from collections.abc import Iterable
from contextlib import suppress

from flask import Blueprint, Response, abort, current_app, make_response, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from redis import Redis
from redis.exceptions import RedisError

from igapp import background, redislink, tallies, utc
from igapp.desk import gauges
from igapp.web import headcount
from igapp.web.answers import AnyResponse

bp = Blueprint("metrics", __name__)

TEXT = "text/plain"

TALLIES = (
    ("deliveries", "answer", "Deliveries at the webhook, by answer."),
    ("events_received", "kind", "Events stored, and events that had been stored before."),
)
"""What all processes count together: each by its label."""


class Gauges:
    """What the database says now; the same from every process."""

    def collect(self) -> Iterable[GaugeMetricFamily | CounterMetricFamily]:
        """Read every gauge."""
        for name, (about, label, samples) in gauges.all_of(utc.now()).items():
            family = GaugeMetricFamily(name, about, labels=[label] if label else [])
            for value_of_label, value in samples.items():
                family.add_metric([value_of_label] if label else [], value)
            yield family
        sockets = GaugeMetricFamily("igapp_process_sockets", "Open sockets of the process that answers")
        sockets.add_metric([], len(current_app.extensions["hub"]))
        yield sockets
        yield from _told_to_redis()


def _told_to_redis() -> Iterable[GaugeMetricFamily | CounterMetricFamily]:
    """What all processes have and did; nothing where Redis cannot be asked."""
    with suppress(RedisError):
        redis = redislink.quick()
        told: list[GaugeMetricFamily | CounterMetricFamily] = [*_jobs(redis), *_deliveries(redis), _sockets(redis)]
        yield from told


def _jobs(redis: Redis) -> Iterable[CounterMetricFamily]:
    runs = CounterMetricFamily("igapp_jobs", "Jobs that have ended", labels=["job"])
    seconds = CounterMetricFamily("igapp_job_seconds", "Seconds that jobs took", labels=["job"])
    for job, (count, took) in background.durations(redis).items():
        runs.add_metric([job], count)
        seconds.add_metric([job], took)
    return runs, seconds


def _deliveries(redis: Redis) -> Iterable[CounterMetricFamily]:
    for name, label, about in TALLIES:
        family = CounterMetricFamily(f"igapp_{name}", about, labels=[label])
        for value, count in tallies.read(redis, name).items():
            family.add_metric([value], count)
        yield family


def _sockets(redis: Redis) -> GaugeMetricFamily:
    sockets = GaugeMetricFamily("igapp_sockets", "Open sockets of all web processes")
    sockets.add_metric([], headcount.total(redis, utc.now()))
    return sockets


@bp.get("/metrics")
def show() -> AnyResponse:
    """Gauges and counters of the product, and what the process that answers is like; 404 where no token is set."""
    token = current_app.extensions["config"].metrics_token
    if not token:
        abort(404)
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode("latin-1"), token.encode()):  # as WSGI hands over a header's bytes
        return Response("The bearer token is not METRICS_TOKEN.\n", 401, {"WWW-Authenticate": "Bearer"}, mimetype=TEXT)
    registry = CollectorRegistry()
    registry.register(Gauges())
    answer = make_response(generate_latest(registry) + generate_latest(REGISTRY))
    answer.content_type = CONTENT_TYPE_LATEST
    return answer
