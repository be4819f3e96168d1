"""A figure: what was measured, what it should be, and whether it is; and the table of all of them."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HEADINGS = ("figure", "on", "measured", "floor", "ratio", "goal", "verdict")


@dataclass(frozen=True)
class Figure:
    """One line of the table. Without a goal it is there to be read; `is_met` is the verdict."""

    name: str
    measured: str
    floor: str = ""
    ratio: str = ""
    goal: str = ""
    is_met: bool = True

    @property
    def verdict(self) -> str:
        """Return the verdict in a word."""
        if not self.goal:
            return ""
        return "ok" if self.is_met else "MISSED"

    def cells(self, engine: str) -> tuple[str, ...]:
        """Return the figure's line of the table."""
        return (self.name, engine, self.measured, self.floor, self.ratio, self.goal, self.verdict)


def at_least(name: str, value: float, floor: float, goal: float, unit: str = "/s") -> Figure:
    """Return a figure that should be at least `goal` times its floor."""
    ratio = value / floor
    return Figure(
        name, f"{value:,.0f}{unit}", f"{floor:,.0f}{unit}", f"{ratio:.2f}", f"≥ {goal} × floor", ratio >= goal
    )


def below(name: str, value: float, limit: float, unit: str, note: str = "") -> Figure:
    """Return a figure that should stay below `limit`; `note` says more about what was measured."""
    said = f"{_short(value)} {unit}" + (f" ({note})" if note else "")
    return Figure(name, said, goal=f"< {limit:g} {unit}", is_met=value < limit)


def percentile(values: Iterable[float], percent: int) -> float:
    """Return the value below which so many per cent of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def median(values: Iterable[float]) -> float:
    """Return the middle value."""
    return statistics.median(values)


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Return lines with aligned columns, the headings first."""
    lines = [HEADINGS, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    rule = tuple("-" * width for width in widths)
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in [lines[0], rule, *rows]
    )
    return "\n".join(line.rstrip() for line in padded)


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
