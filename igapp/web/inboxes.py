"""Managers' inboxes: what waits where, who has it and why, and giving it to somebody else (SPEC 5.11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, render_template, request

from igapp import db, utc
from igapp.desk import account_settings, assignments, overview, people, profiles, timeline, users
from igapp.desk.overview import Filter, Key, Staffing
from igapp.desk.refusal import Refused
from igapp.models import Conversation, Inbox, Offer, OfferState, Role, Status, User
from igapp.web import answers, clocks, filters, frame, guards, numbers, standings, times
from igapp.web.answers import AnyResponse
from igapp.web.clocks import Clock

bp = Blueprint("inboxes", __name__, url_prefix="/inboxes")

STATUSES = ((Status.NEW, "New"), (Status.OPEN, "Open"), (Status.WAITING, "Waiting"), (Status.CLOSED, "Closed"))
NAMED_REFUSALS = 3
"""Refusals of a bulk assignment that are told one by one."""


@dataclass(frozen=True)
class Row:
    """One conversation of the table."""

    conversation: Conversation
    preview: str
    waits_for: str
    chip: Clock | None
    standing: str


@bp.get("")
@guards.may(Role.MANAGER)
def show() -> str:
    """One inbox, or all, by status."""
    me, now, wanted = guards.me(), filters.now(), _filter()
    inboxes, staff = account_settings.inboxes(), overview.staffing(now)
    return render_template(
        "inboxes/show.html",
        controls=frame.controls(me), banner=frame.banner(me), inboxes=inboxes, people=_active(),
        inbox=next((one for one in inboxes if one.id == wanted.inbox_id), None),
        **_summary(wanted, staff, now) | _list(wanted, staff, now),
    )  # fmt: skip


@bp.get("/summary")
@guards.may(Role.MANAGER)
def summary() -> str:
    """How many there are of each status, and who could receive them, as it is now."""
    now, wanted = filters.now(), _filter()
    return render_template("inboxes/_summary.html", **_summary(wanted, overview.staffing(now), now))


@bp.get("/conversations")
@guards.may(Role.MANAGER)
def conversations() -> str:
    """The page of conversations alone, as it is now."""
    now, wanted = filters.now(), _filter()
    return render_template("inboxes/_conversations.html", **_list(wanted, overview.staffing(now), now))


@bp.post("/assignments")
@guards.may(Role.MANAGER)
def assign() -> AnyResponse:
    """Give what was chosen to an agent or an inbox; each by itself, and what is refused is said."""
    target = _target()
    chosen = request.form.getlist("conversation", type=int)
    refused = [because for one in chosen if (because := db.retrying(partial(_assign, one, target)))]
    _say(len(chosen) - len(refused), refused, target)
    return answers.go(answers.came_from("/inboxes"))


@bp.get("/conversations/<int:conversation_id>")
@guards.may(Role.MANAGER)
def why(conversation_id: int) -> str:
    """To whom a conversation was offered, who was looked at and who was skipped, with the reasons."""
    me = guards.me()
    conversation = db.session().get(Conversation, conversation_id) or abort(404)
    offers = overview.offers_of(conversation)
    return render_template(
        "inboxes/why.html", controls=frame.controls(me), banner=frame.banner(me),
        conversation=conversation, offers=offers, outcome=_outcome,
    )  # fmt: skip


def _filter() -> Filter:
    typed = request.args
    status = typed.get("status", Status.NEW)
    if status not in list(Status):
        abort(404)
    return Filter(
        status=Status(status),
        inbox_id=typed.get("inbox", type=int),
        agent_id=typed.get("agent", type=int),
        is_overdue="overdue" in typed,
        is_closing_soon="closing" in typed,
    )


def _summary(wanted: Filter, staff: dict[int, Staffing], now: datetime) -> dict[str, Any]:
    return _asked(wanted) | {
        "statuses": STATUSES,
        "counts": overview.counts(wanted, now),
        "alarms": overview.alarms(wanted.inbox_id, now),
        "staffing": _sum(staff, wanted.inbox_id),
        "count_limit": overview.COUNT_LIMIT,
    }


def _list(wanted: Filter, staff: dict[int, Staffing], now: datetime) -> dict[str, Any]:
    found = overview.page(wanted, now, _after())
    return _asked(wanted) | {
        "rows": _rows(found.conversations, staff, now),
        "next_page": _address(after=_written(found.next_key)) if found.next_key else None,
    }


def _asked(wanted: Filter) -> dict[str, Any]:
    """What is looked at, and how a fragment of the page asks for the same again."""
    return {"wanted": wanted, "address": _address, "asked": urlencode(list(request.args.items()))}


def _address(**changed: object) -> str:
    """Return the page's address with some of its parameters changed; None takes one out."""
    values = {name: value for name, value in request.args.items() if name != "after"}
    values |= {name: str(value) for name, value in changed.items()}
    return "/inboxes?" + urlencode({name: value for name, value in values.items() if value not in ("", "None")})


def _after() -> Key | None:
    moment, _, number = request.args.get("after", "").rpartition("~")
    try:
        return datetime.fromisoformat(moment).astimezone(UTC), int(number)
    except (ValueError, OverflowError):
        return None


def _written(key: Key | None) -> str:
    return f"{key[0].isoformat()}~{key[1]}" if key else ""


def _active() -> list[User]:
    return [user for user in people.everyone() if user.is_active]


def _sum(staff: dict[int, Staffing], inbox_id: int | None) -> Staffing | None:
    """Return one inbox's staffing; people of several inboxes would be counted twice in a sum."""
    return staff.get(inbox_id, Staffing()) if inbox_id is not None else None


def _rows(found: Sequence[Conversation], staff: dict[int, Staffing], now: datetime) -> list[Row]:
    items, identities = timeline.last_items(found), profiles.identities_of(one.customer_id for one in found)
    told = standings.Standings(found, staff, now)
    return [
        Row(
            conversation=one,
            preview=timeline.preview(items.get(one.id)),
            waits_for=standings.waits_for(one, items.get(one.id)),
            chip=clocks.chip(one, identities.get(one.customer_id, []), now),
            standing=told.of(one),
        )
        for one in found
    ]


def _target() -> User | Inbox:
    kind, _, written = request.form.get("to", "").partition(":")
    number = numbers.whole(written)
    if number is None:
        abort(400)
    found = users.load(number) if kind == "agent" else db.session().get(Inbox, number)
    return found or abort(404)


def _assign(conversation_id: int, target: User | Inbox) -> str:
    """Assign one, and commit; returns why not."""
    conversation = db.session().get(Conversation, conversation_id)
    if conversation is None:
        return "One of them is gone."
    name = conversation.customer.display_name
    try:
        if isinstance(target, User):
            assignments.to_agent(conversation, target, guards.me(), utc.now())
        else:
            assignments.to_inbox(conversation, target, guards.me(), utc.now())
    except Refused as refused:
        db.db.session.rollback()
        return f"{name}: {refused}"
    db.commit()
    return ""


def _say(done: int, refused: Sequence[str], target: User | Inbox) -> None:
    if not done and not refused:
        flash("Choose at least one conversation.", answers.REFUSED)
    if done:
        flash(f"{done} {'offered' if isinstance(target, User) else 'moved'} to {target.name}.")
    for because in refused[:NAMED_REFUSALS]:
        flash(because, answers.REFUSED)
    if len(refused) > NAMED_REFUSALS:
        flash(f"{len(refused) - NAMED_REFUSALS} more were not possible.", answers.REFUSED)


def _outcome(offer: Offer) -> str:
    """Say what became of an offer."""
    ended = f" after {times.span((offer.ended_at - offer.offered_at).total_seconds())}" if offer.ended_at else ""
    words = {
        OfferState.OFFERED: "waits for an answer",
        OfferState.ACCEPTED: "accepted",
        OfferState.DECLINED: "declined",
        OfferState.MISSED: "missed",
        OfferState.WITHDRAWN: f"withdrawn: {offer.withdrawn_because}",
    }
    return words[offer.state] + ended
