"""CSV files that a spreadsheet opens as what they are: data, never formulas (X4)."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from flask import Response, stream_with_context

FORMULA = ("=", "+", "-", "@")
"""A cell that begins like this, in narrow or wide letters and behind whatever is not seen, would be calculated."""
BREAKS = ("\t", "\r", "\n")
"""A cell that begins like this may end there for a spreadsheet, and what follows begins the next."""
UNSEEN = dict.fromkeys(code for code in (*range(32), *range(127, 160)) if chr(code) not in BREAKS)
"""Control characters, which no cell has a use for and a terminal may obey."""


def response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Return a download that is written while it is read; the first row is found before, and its errors answered."""
    found = iter(rows)
    begun = chain(list(islice(found, 1)), found)
    answer = Response(stream_with_context(_lines(header, begun)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def cell(value: object) -> str:
    """Return a value as text that no spreadsheet takes for a formula; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    text = str(value).translate(UNSEEN)
    is_formula = text.lstrip(" ").startswith(BREAKS) or _first_seen(text) in FORMULA
    return f"'{text}" if is_formula else text


def _first_seen(text: str) -> str:
    """Return the first character that is neither space nor a sign that is not shown, in its plain form."""
    seen = (letter for letter in text if unicodedata.category(letter)[0] not in "CZ")
    return unicodedata.normalize("NFKC", next(seen, ""))


def _lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield "\ufeff" + _line(header)
    for row in rows:
        yield _line([cell(value) for value in row])


def _line(values: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()
