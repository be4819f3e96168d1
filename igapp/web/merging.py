"""Merging two profiles of one person: find, compare, confirm; and saying that two are no match (SPEC 4.5)."""

from collections.abc import Sequence

from flask import Blueprint, abort, make_response, render_template, request

from igapp import db, utc
from igapp.desk import contacts, merging, profiles, search
from igapp.desk.refusal import Refused
from igapp.models import Customer, Role
from igapp.web import answers, guards, profile
from igapp.web.answers import AnyResponse

bp = Blueprint("merging", __name__, url_prefix="/customers/<int:customer_id>")

CANDIDATES = 6
"""Profiles that a search lists."""


@bp.get("/merge")
@guards.may(Role.AGENT)
def find(customer_id: int) -> str:
    """Find and compare on a page of its own, for browsers without JavaScript."""
    customer = profile.load(customer_id)
    other = _chosen(customer)
    if other is not None and "compare" in request.args:
        return render_template("merging/compare.html", kept=customer, gone=other, facts=_facts(customer, other))
    found = _candidates(customer)
    return render_template("merging/find.html", customer=customer, candidates=found, words=_words())


@bp.get("/merge/search")
@guards.may(Role.AGENT)
def ask(customer_id: int) -> str:
    """The field in which a profile is found."""
    customer = profile.load(customer_id)
    return render_template("merging/_search.html", customer=customer, candidates=_candidates(customer), words=_words())


@bp.get("/merge/candidates")
@guards.may(Role.AGENT)
def candidates(customer_id: int) -> str:
    """The profiles that were found."""
    customer = profile.load(customer_id)
    return render_template("merging/_candidates.html", candidates=_candidates(customer), words=_words())


@bp.get("/merge/comparison")
@guards.may(Role.AGENT)
def compare(customer_id: int) -> AnyResponse:
    """Both profiles side by side, and the question."""
    customer = profile.load(customer_id)
    other = _chosen(customer)
    if other is None:
        return answers.refuse("No such profile was found. Type a name, @username, email or phone number.")
    facts = _facts(customer, other)
    return make_response(render_template("merging/_comparison.html", kept=customer, gone=other, facts=facts))


@bp.post("/merge")
@guards.may(Role.AGENT)
def merge(customer_id: int) -> AnyResponse:
    """Merge the other profile into this one."""
    kept, gone = profile.load(customer_id), _other(request.form.get("other", type=int))
    try:
        merging.merge(kept, gone, guards.me(), utc.now())
    except Refused as refused:
        db.db.session.rollback()
        return answers.refuse(str(refused), f"/customers/{customer_id}")
    db.commit()
    return answers.go(f"/customers/{customer_id}")


@bp.post("/matches/<int:other_id>/dismissal")
@guards.may(Role.AGENT)
def dismiss(customer_id: int, other_id: int) -> AnyResponse:
    """They are no match, for good."""
    merging.dismiss(profile.load(customer_id), _other(other_id), guards.me(), utc.now())
    db.commit()
    if not answers.is_fragment():
        return answers.go(f"/customers/{customer_id}")
    return make_response(profile.context(profile.load(customer_id)))


def _words() -> str:
    return request.args.get("words", "").strip()[:200]


def _candidates(customer: Customer) -> Sequence[Customer]:
    """What the words find; without words, the suggestions."""
    if not _words():
        return merging.suggestions(customer)
    found = [one.customer for one in search.find(_words(), CANDIDATES + 1).customers]
    return [one for one in found if one.id != customer.id][:CANDIDATES]


def _chosen(customer: Customer) -> Customer | None:
    """The profile that was marked in the list that these words found, else the first that they find."""
    other_id = request.args.get("other", type=int)
    is_of_these_words = request.args.get("found_by", _words()).strip() == _words()
    if other_id is not None and other_id != customer.id and is_of_these_words:
        return _other(other_id)
    return next(iter(_candidates(customer)), None) if _words() else None


def _other(customer_id: int | None) -> Customer:
    return (profiles.find(customer_id) if customer_id else None) or abort(404)


def _facts(kept: Customer, gone: Customer) -> list[tuple[str, str, str]]:
    """Return what is compared: label, here, there."""
    return [(label, tell(kept), tell(gone)) for label, tell in _COMPARED]


_COMPARED = (
    ("Name", lambda one: one.display_name),
    ("Instagram", lambda one: f"@{one.username}" if one.username else "–"),
    ("Writes to", lambda one: ", ".join(f"@{known.account.username}" for known in one.identities) or "–"),
    ("Contact details", lambda one: ", ".join(point.value for point in contacts.points_of(one)) or "–"),
    ("Customer details", lambda one: ", ".join(f"{x.label}: {x.value}" for x in contacts.details_of(one)) or "–"),
    ("Known since", lambda one: f"{one.created_at:%-d %b %Y}"),
)
