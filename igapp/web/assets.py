"""Our static files, under addresses that change with their content, so that browsers keep them for good."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, current_app, send_from_directory
from flask.typing import ResponseReturnValue
from whitenoise import WhiteNoise

bp = Blueprint("assets", __name__)

KEPT_SECONDS = 31_536_000
"""A year: browsers ask again only when the address changes."""


def init_app(app: Flask) -> None:
    """Serve the files before the app is asked, compressed where a compressed copy lies beside them."""
    folder = str(app.static_folder)
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=folder,
        prefix=f"static/{version(folder)}/",
        max_age=KEPT_SECONDS,
        immutable_file_test=lambda _path, _url: True,
        allow_all_origins=False,
        add_headers_function=_add_headers,
    )


@cache
def version(folder: str) -> str:
    """Return a hash of all files in the folder."""
    digest = hashlib.sha256()
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file() and path.suffix not in (".gz", ".br"):
            digest.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def address(path: str) -> str:
    """Return the address of a static file, for templates."""
    return f"/static/{version(str(current_app.static_folder))}/{path}"


@bp.get("/static/<version>/<path:path>")
def send(version: str, path: str) -> ResponseReturnValue:
    """What a page of an earlier release asks for, as it is now."""
    return send_from_directory(str(current_app.static_folder), path, max_age=0)


def _add_headers(headers: dict[str, str], _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
