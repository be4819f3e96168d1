"""How long answers took, counted in buckets: sums of buckets keep their medians, which averages do not."""

from bisect import bisect_left
from collections.abc import Mapping

BOUNDS = (
    *(10, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1200, 1800, 2700),
    *(3600, 5400, 7200, 10_800, 14_400, 21_600, 28_800, 43_200, 86_400, 172_800, 259_200, 604_800),
)
"""Seconds; bucket n holds what took longer than bound n-1 and at most bound n, the last one everything beyond."""
LAST_SECONDS = 2 * BOUNDS[-1]
"""What the open bucket counts as at most."""

Histogram = Mapping[int, int]
"""Answers by bucket."""


def bucket_of(seconds: float) -> int:
    """Return the bucket of a span."""
    return bisect_left(BOUNDS, seconds)


def percentile(histogram: Histogram, percent: float) -> float | None:
    """Return the seconds within which so many per cent were answered, interpolated within a bucket; None of nothing."""
    total = sum(histogram.values())
    wanted, passed = total * percent / 100, 0
    for bucket in sorted(histogram):
        if passed + histogram[bucket] >= wanted and histogram[bucket]:
            low, high = bounds_of(bucket)
            return low + (high - low) * (wanted - passed) / histogram[bucket]
        passed += histogram[bucket]
    return None


def bounds_of(bucket: int) -> tuple[int, int]:
    """Return the seconds between which a bucket's spans are."""
    low = BOUNDS[bucket - 1] if bucket else 0
    return low, BOUNDS[bucket] if bucket < len(BOUNDS) else LAST_SECONDS
