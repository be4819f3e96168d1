"""How much of Meta's allowance is used: the usage headers of each answer (META 10)."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from igapp.instagram import tolerant as read

APP_HEADER = "X-App-Usage"
BUSINESS_HEADER = "X-Business-Use-Case-Usage"

LONGEST_MINUTES = 1440
"""So long at most an account rests because Meta says so; then it is tried, and Meta may say so again."""

_SHARES = ("call_count", "total_time", "total_cputime")


@dataclass(frozen=True)
class Usage:
    """The fullest of Meta's allowances."""

    percent: int
    regain_minutes: int
    """Until calls are taken again; 0 when they are."""


def of_headers(headers: Mapping[str, str]) -> Usage | None:
    """Read the usage headers; None where there are none, or they say nothing."""
    found = list(_reports(headers.get(APP_HEADER))) + list(_reports(headers.get(BUSINESS_HEADER)))
    if not found:
        return None
    shares = [read.number(report.get(name)) or 0 for report in found for name in _SHARES]
    minutes = [read.span(report.get("estimated_time_to_regain_access"), LONGEST_MINUTES) or 0 for report in found]
    return Usage(max(shares), max(minutes))


def _reports(header: str | None) -> Iterator[Mapping[str, Any]]:
    """Yield the reports of either header: one object, or lists of them by business."""
    try:
        value = json.loads(header) if header else {}
    except ValueError:
        return
    value = read.mapping(value)
    if any(name in value for name in _SHARES):
        yield value
    for reports in value.values():
        for report in reports if isinstance(reports, list) else ():
            yield read.mapping(report)
