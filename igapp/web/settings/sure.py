"""Asking before what cannot be taken back: a dialog where there is JavaScript, else a page of its own."""

from flask import make_response, render_template, request

from igapp.web.answers import AnyResponse


def asked(question: str, consequence: str, verb: str, back: str) -> AnyResponse | None:
    """Return the page that asks, or None where the form says that it was asked already."""
    if "is_sure" in request.form:
        return None
    page = render_template(
        "settings/sure.html", question=question, consequence=consequence, verb=verb, back=back, fields=_fields()
    )
    return make_response(page, 422)


def _fields() -> list[tuple[str, str]]:
    """What the form carried besides its token, to be sent again."""
    return [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
