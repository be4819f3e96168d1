"""The only place that asks for the time; every moment in the product is aware UTC."""

from datetime import UTC, datetime, timedelta

FAR_FUTURE = datetime(9999, 1, 1, tzinfo=UTC)
"""Stands in for "never" where an index must order moments that may be missing."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands in for "not yet" where moments are compared."""


def now() -> datetime:
    """Return the current moment, aware, in UTC."""
    return datetime.now(UTC)


def seconds(span: float) -> timedelta:
    """Return a span of so many seconds."""
    return timedelta(seconds=span)


def minutes(span: float) -> timedelta:
    """Return a span of so many minutes."""
    return timedelta(minutes=span)


def hours(span: float) -> timedelta:
    """Return a span of so many hours."""
    return timedelta(hours=span)


def days(span: float) -> timedelta:
    """Return a span of so many days."""
    return timedelta(days=span)
