"""Metrics for Prometheus, behind a token of their own."""

import hmac
from collections.abc import Iterable
from contextlib import suppress

from flask import Blueprint, abort, current_app, make_response, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from redis.exceptions import RedisError

from igapp import background, redislink, utc
from igapp.desk import gauges
from igapp.web import headcount
from igapp.web.answers import AnyResponse

bp = Blueprint("metrics", __name__)


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
    """What other processes have and did; nothing where Redis cannot be asked."""
    sockets = GaugeMetricFamily("igapp_sockets", "Open sockets of all web processes")
    runs = CounterMetricFamily("igapp_jobs", "Jobs that have ended", labels=["job"])
    seconds = CounterMetricFamily("igapp_job_seconds", "Seconds that jobs took", labels=["job"])
    with suppress(RedisError):
        for job, (count, took) in background.durations(redislink.quick()).items():
            runs.add_metric([job], count)
            seconds.add_metric([job], took)
        sockets.add_metric([], headcount.total(redislink.quick(), utc.now()))
    return sockets, runs, seconds


@bp.get("/metrics")
def show() -> AnyResponse:
    """Gauges of the product, and counters of the process that answers; 404 where no token is set."""
    token = current_app.extensions["config"].metrics_token
    if not token:
        abort(404)
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), token.encode()):
        abort(401)
    registry = CollectorRegistry()
    registry.register(Gauges())
    answer = make_response(generate_latest(registry) + generate_latest(REGISTRY))
    answer.content_type = CONTENT_TYPE_LATEST
    return answer
