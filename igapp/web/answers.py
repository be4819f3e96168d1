"""How views answer: pages and fragments as they are rendered, and ways to another page."""

from urllib.parse import urlsplit

from flask import Response, flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

__all__ = ["REFUSED", "AnyResponse", "came_from", "go", "is_fragment", "netloc", "refuse", "safe_path"]

REFUSED = "refused"
"""The category of a flashed sentence that says why something was not done."""


def is_fragment() -> bool:
    """Whether htmx asks: then a form is answered by a fragment, else by another page."""
    return request.headers.get("HX-Request") == "true"


def go(url: str) -> AnyResponse:
    """Lead to another page after a form: 303, or htmx's own way."""
    if is_fragment():
        return Response(status=204, headers={"HX-Redirect": url})
    return redirect(url, code=303)


def safe_path(wanted: str | None, otherwise: str = "/") -> str:
    """Return `wanted` where it is a path on this site, else `otherwise`."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return otherwise
    parts = urlsplit(wanted.replace("\\", "/"))
    return wanted if not parts.scheme and not parts.netloc and wanted.isprintable() else otherwise


def netloc(url: str | None) -> str | None:
    """Return the host and port in a header that a browser sent; None where nobody can read it."""
    try:
        return urlsplit(url or "").netloc
    except ValueError:
        return None


def came_from(otherwise: str = "/") -> str:
    """Return the page on this site that a form was sent from."""
    if netloc(request.referrer) != request.host:
        return otherwise
    page = urlsplit(request.referrer or "")
    return safe_path(page.path + (f"?{page.query}" if page.query else ""), otherwise)


def refuse(sentence: str, otherwise: str = "/") -> AnyResponse:
    """Say why something was not possible, above the page that the form was on."""
    if is_fragment():
        answer = make_response(render_template("macros/_said.html", sentence=sentence), 422)
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#said", "innerHTML"
        return answer
    flash(sentence, REFUSED)
    return redirect(came_from(otherwise), code=303)
