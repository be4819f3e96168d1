"""What is picked while writing: prepared answers with "/", teammates with "@", who are told (SPEC 6.9, 6.12)."""

from flask import Blueprint, make_response, render_template, request

from igapp import db, utc
from igapp.desk import notes, prepared
from igapp.models import Role
from igapp.web import answers as answered
from igapp.web import guards, profile
from igapp.web.answers import AnyResponse

bp = Blueprint("picking", __name__, url_prefix="/customers/<int:customer_id>")

SHOWN = 8
"""Entries of the list."""


@bp.get("/answers")
@guards.may(Role.AGENT)
def answers(customer_id: int) -> str:
    """The prepared answers that contain the words, with their variables filled in."""
    customer, me = profile.load(customer_id), guards.me()
    found = prepared.search(_words(), SHOWN)
    entries = [(one.id, one.name, prepared.filled(one, customer, me)) for one in found]
    return render_template("composer/_picker.html", label="Answers", words=_words(), entries=entries)


@bp.get("/mates")
@guards.may(Role.AGENT)
def mates(customer_id: int) -> str:
    """The teammates whose name begins with the words."""
    found = notes.mates(_words(), guards.me(), SHOWN)
    entries = [(one.id, one.name, f"@{one.name} ") for one in found]
    return render_template("composer/_picker.html", label="Teammates", words=_words(), entries=entries)


@bp.post("/looking")
@guards.may(Role.AGENT)
def look(customer_id: int) -> AnyResponse:
    """The user has the profile before them: what mentions them there is seen."""
    notes.looked(guards.me().id, profile.load(customer_id), utc.now())
    db.commit()
    return make_response("", 204) if answered.is_fragment() else answered.go(f"/customers/{customer_id}")


def _words() -> str:
    return request.args.get("words", "")[:100]
