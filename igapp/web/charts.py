"""Charts as numbers for an SVG that a template draws: bars in groups, lines of a grid, words below."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 200
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 12, 24
"""Space around the bars, for numbers on the left and words below."""
GRID_LINES = 4
"""Lines above the lowest one."""
GAP = 0.28
"""Of a group's width, between it and the next."""
LABELS = 16
"""Groups that are named at most; the others between them would overlap."""
NICE = (1, 2, 2.5, 5, 10)
"""What the steps of a scale may begin with."""


@dataclass(frozen=True)
class Bar:
    """One bar: where it is, of which series, and what it says to whoever points at it."""

    x: float
    y: float
    width: float
    height: float
    series: int
    title: str


@dataclass(frozen=True)
class Mark:
    """Words at a place."""

    at: float
    words: str


@dataclass(frozen=True)
class Chart:
    """Everything that the template draws."""

    bars: Sequence[Bar]
    grid: Sequence[Mark]
    labels: Sequence[Mark]
    names: Sequence[str]
    """Of the series, for the legend."""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT


def bars(names: Sequence[str], groups: Sequence[tuple[str, Sequence[float]]], unit: str = "") -> Chart:
    """Return a chart of groups, each a word and a value for every series."""
    top = _top(max((value for _, values in groups for value in values), default=0))
    step = (WIDTH - LEFT - RIGHT) / max(1, len(groups))
    width = step * (1 - GAP) / max(1, len(names))
    every = math.ceil(len(groups) / LABELS)
    drawn, labels = [], []
    for number, (word, values) in enumerate(groups):
        x = LEFT + number * step + step * GAP / 2
        if number % every == 0:
            labels.append(Mark(round(LEFT + (number + 0.5) * step, 1), word))
        for series, value in enumerate(values):
            height = _height(value, top)
            title = f"{word}: {value:,.0f}{unit} {names[series].lower()}"
            y = HEIGHT - BOTTOM - height
            drawn.append(Bar(round(x + series * width, 1), round(y, 1), round(width * 0.92, 1), height, series, title))
    return Chart(drawn, _grid(top), labels, names)


def _height(value: float, top: float) -> float:
    return round((HEIGHT - TOP - BOTTOM) * value / top, 1)


def _grid(top: float) -> list[Mark]:
    values = [top * line / GRID_LINES for line in range(GRID_LINES + 1)]
    return [Mark(round(HEIGHT - BOTTOM - _height(value, top), 1), f"{value:,.0f}") for value in values]


def _top(highest: float) -> float:
    """Return a round number at least as high, that the grid divides well."""
    if highest <= GRID_LINES:
        return GRID_LINES
    scale = 10.0 ** math.floor(math.log10(highest / GRID_LINES))
    return next(GRID_LINES * scale * nice for nice in NICE if GRID_LINES * scale * nice >= highest)
