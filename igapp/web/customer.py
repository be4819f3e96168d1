"""A customer's profile: the page, and the fragments that keep it up to date."""

from flask import Blueprint, render_template, request

from igapp.desk import comments, profiles
from igapp.models import Role
from igapp.web import composer, filters, guards, keys, profile, timeline
from igapp.web.timeline import Segment

bp = Blueprint("customer", __name__, url_prefix="/customers/<int:customer_id>")


@bp.get("")
@guards.may(Role.AGENT)
def show(customer_id: int) -> str:
    """The whole profile; with `compose` the cursor stands in the composer."""
    customer = profile.load(customer_id)
    conversation = profiles.newest_conversation(customer)
    if conversation is not None:
        comments.read_again(conversation)
    asked = composer.of(customer, request.args.get("lane"), "compose" in request.args, conversation)
    return profile.page(customer, asked, conversation)


@bp.get("/head")
@guards.may(Role.AGENT)
def head(customer_id: int) -> str:
    """The head of the thread."""
    return profile.head(profile.load(customer_id))


@bp.get("/context")
@guards.may(Role.AGENT)
def context(customer_id: int) -> str:
    """The pane beside the thread."""
    return profile.context(profile.load(customer_id))


@bp.get("/timeline")
@guards.may(Role.AGENT)
def segment(customer_id: int) -> str:
    """One stretch of the timeline as it is now, from `since` up to `before`."""
    since, before = (keys.parsed(request.args.get(name)) for name in ("since", "before"))
    customer = profile.load_briefly(customer_id)
    return _segment("timeline/_segment.html", timeline.again(customer, since, before, guards.me().id, filters.now()))


@bp.get("/history")
@guards.may(Role.AGENT)
def history(customer_id: int) -> str:
    """What lies before a stretch, with the way to what lies before that."""
    before = keys.parsed(request.args.get("before"))
    customer = profile.load_briefly(customer_id)
    return _segment("timeline/_stretch.html", timeline.older(customer, before, guards.me().id, filters.now()))


def _segment(template: str, segment: Segment) -> str:
    return render_template(template, segment=segment)
