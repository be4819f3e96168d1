"""Contact details and customer details, edited in the pane beside the thread (SPEC 4.3)."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, abort, make_response, request

from igapp import db, utc
from igapp.desk import contacts, profiles
from igapp.desk.refusal import Refused
from igapp.models import ContactKind, ContactPoint, Customer, CustomerDetail, Role
from igapp.web import answers, guards, profile
from igapp.web.answers import AnyResponse

bp = Blueprint("contacts", __name__)


@dataclass(frozen=True)
class Problem:
    """Why a form of the pane was refused, and which one: "contact", "contact-7", "detail", "detail-3"."""

    form: str
    sentence: str


@bp.post("/customers/<int:customer_id>/contacts")
@guards.may(Role.AGENT)
def add_point(customer_id: int) -> AnyResponse:
    """Add a phone number or an email address."""
    customer, value = profile.load(customer_id), request.form.get("value", "")
    kind = ContactKind.EMAIL if request.form.get("kind") == ContactKind.EMAIL else ContactKind.PHONE
    return _edited(customer, "contact", lambda: contacts.add_point(customer, kind, value, guards.me(), utc.now()))


@bp.post("/contacts/<int:point_id>")
@guards.may(Role.AGENT)
def change_point(point_id: int) -> AnyResponse:
    """Write a phone number or an email address anew."""
    point = db.session().get(ContactPoint, point_id) or abort(404)
    customer, value = profile.load(point.customer_id), request.form.get("value", "")
    change = contacts.change_point
    return _edited(customer, f"contact-{point.id}", lambda: change(point, customer, value, guards.me(), utc.now()))


@bp.post("/contacts/<int:point_id>/removal")
@guards.may(Role.AGENT)
def remove_point(point_id: int) -> AnyResponse:
    """Remove a phone number or an email address."""
    point = db.session().get(ContactPoint, point_id) or abort(404)
    customer = profile.load(point.customer_id)
    return _edited(customer, "", lambda: contacts.remove_point(point, customer, guards.me(), utc.now()))


@bp.post("/customers/<int:customer_id>/details")
@guards.may(Role.AGENT)
def set_detail(customer_id: int) -> AnyResponse:
    """Write a detail; the same label holds one value."""
    customer = profile.load(customer_id)
    label, value = (request.form.get(name, "") for name in ("label", "value"))
    form = request.form.get("form", "detail")
    return _edited(customer, form, lambda: contacts.set_detail(customer, label, value, guards.me(), utc.now()))


@bp.post("/details/<int:detail_id>/removal")
@guards.may(Role.AGENT)
def remove_detail(detail_id: int) -> AnyResponse:
    """Remove a detail."""
    detail = db.session().get(CustomerDetail, detail_id) or abort(404)
    customer = profile.load(detail.customer_id)
    return _edited(customer, "", lambda: contacts.remove_detail(detail, customer, guards.me(), utc.now()))


def _edited(customer: Customer, form: str, edit: Callable[[], object]) -> AnyResponse:
    """Edit, commit, and show the pane; where the edit is refused, with the reason in its form."""
    customer_id, problem = customer.id, None
    try:
        edit()
    except Refused as refused:
        db.db.session.rollback()
        problem = Problem(form, str(refused))
    db.commit()
    db.start_reading()
    if not answers.is_fragment():
        back = f"/customers/{customer_id}"
        return answers.refuse(problem.sentence, back) if problem else answers.go(back)
    shown = profiles.find(customer_id) or abort(404)
    return make_response(profile.context(shown, problem), 422 if problem else 200)
