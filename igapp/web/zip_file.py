"""ZIP files that are written while they are read, so that their size does not matter."""

import json
import zipfile
from collections.abc import Iterator

from flask import Response, stream_with_context

from igapp import storage
from igapp.desk import exports
from igapp.models import Customer


def response(name: str, parts: Iterator[bytes]) -> Response:
    """Return a download."""
    answer = Response(stream_with_context(parts), mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return answer


def of_customer(customer: Customer) -> Iterator[bytes]:
    """Write profile and timeline as JSON, then the files, each as it is read."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("profile.json", _json(exports.profile(customer)))
        with archive.open("timeline.json", "w", force_zip64=True) as timeline:
            timeline.write(b"[")
            for number, item in enumerate(exports.items(customer)):
                timeline.write((",\n" if number else "\n").encode() + _json(item))
                yield sink.taken()
            timeline.write(b"\n]\n")
        for name, key in exports.files(customer):
            content = storage.store().get(key)
            if content is not None:
                archive.writestr(name, content, zipfile.ZIP_STORED)
            yield sink.taken()
    yield sink.taken()


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


class _Sink:
    """What the archive is written into: it keeps only what nobody has taken yet."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._length = 0

    def write(self, content: bytes) -> int:
        self._kept += content
        self._length += len(content)
        return len(content)

    def tell(self) -> int:
        return self._length

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is to be closed."""

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        content, self._kept = bytes(self._kept), bytearray()
        return content
