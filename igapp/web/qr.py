"""QR codes, drawn by templates as one path of an SVG."""

import segno

QUIET = 4
"""Modules of white around the code, without which phones do not find it."""


def path(text: str) -> tuple[int, str]:
    """Return the code's width in modules, its quiet zone included, and the path of its dark modules."""
    rows = list(segno.make(text, error="m", micro=False).matrix)
    squares = (
        f"M{column + QUIET} {row + QUIET}h1v1h-1z"
        for row, modules in enumerate(rows)
        for column, is_dark in enumerate(modules)
        if is_dark
    )
    return len(rows) + 2 * QUIET, "".join(squares)
