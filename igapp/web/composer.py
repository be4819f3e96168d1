"""The composer: to whom and how an answer goes, what remains of the window, and what was begun to be written."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, make_response, render_template, request

from igapp import db, utc
from igapp.desk import drafts, notes, profiles, replies, sends, staleness, uploads
from igapp.models import Conversation, Customer, LinkFormat, Role, Upload, User
from igapp.web import answers, filters, guards, lanes, profile
from igapp.web.answers import AnyResponse
from igapp.web.lanes import Lane, LaneKind

bp = Blueprint("composer", __name__, url_prefix="/customers/<int:customer_id>")

KEY_BYTES = 16
"""Of the key under which a note is written: a double click or a repeated request writes it once (S11)."""
KEY_LENGTH = 64
"""Characters of a key that are taken."""
DIGEST_LENGTH = 16
"""Characters that stand for the words in the key under which they are sent."""
SEEN_DIGITS = 18
"""Of an item's number, which the form carries."""


@dataclass(frozen=True)
class Written:
    """What an agent wrote, under which key, with what before them."""

    text: str = ""
    key: str = ""
    seen: int | None = None

    @property
    def once(self) -> str:
        """Under what it is sent, once: the same words, from the same state of the thread."""
        return f"{self.key}:{hashlib.sha256(self.text.strip().encode()).hexdigest()[:DIGEST_LENGTH]}"


@dataclass(frozen=True)
class Composer:
    """Everything that one rendering of the composer shows."""

    customer: Customer
    lane: Lane
    lanes: Sequence[Lane]
    key: str
    seen: str
    text: str
    problem: str = ""
    uploads: Sequence[Upload] = ()
    is_moved_on: bool = False
    is_focused: bool = False
    is_chosen: bool = False
    """The agent chose the lane; otherwise it follows what waits for an answer."""

    @property
    def takes_images(self) -> bool:
        """Pictures go by direct message alone, and a private reply is text only (SPEC 10.3)."""
        return self.lane.kind == LaneKind.DM and self.lane.reason is None

    @property
    def limit(self) -> int:
        return notes.LIMIT if self.lane.kind == LaneKind.NOTE else replies.LIMIT

    @property
    def byte_limit(self) -> int | None:
        return None if self.lane.kind == LaneKind.NOTE else replies.BYTE_LIMIT

    @property
    def link_format(self) -> LinkFormat:
        """How links will look; notes stay as they are."""
        about = self.lane.identity or self.lane.item
        return about.account.link_format if about and about.account else LinkFormat.PLAIN


def of(
    customer: Customer,
    wanted: str | None = None,
    is_focused: bool = False,
    conversation: Conversation | None = None,
) -> Composer:
    """Return the composer with what the user had begun to write, in the lane that was asked for.

    The customer's newest conversation may be known already.
    """
    now = filters.now()
    chosen = lanes.parsed(customer, wanted, now)
    lane = chosen or lanes.first(customer, conversation or profiles.newest_conversation(customer), now)
    return Composer(
        customer=customer,
        lane=lane,
        lanes=lanes.shown(customer, lane, now),
        key=_key(customer, lane),
        seen=str(staleness.newest(customer)),
        text=drafts.of(guards.me().id, customer).get(lane.key, ""),
        uploads=uploads.of(customer, guards.me().id, lane.key),
        is_focused=is_focused,
        is_chosen=chosen is not None,
    )


def refused(customer: Customer, lane: Lane, written: Written, problem: str, is_moved_on: bool) -> AnyResponse:
    """Say why beside the text, which stays; without JavaScript the whole page comes again with it."""
    composer = Composer(
        customer=customer,
        lane=lane,
        lanes=lanes.shown(customer, lane, filters.now()),
        key=written.key,
        seen=str(staleness.newest(customer) if is_moved_on or written.seen is None else written.seen),
        text=written.text,
        problem=problem,
        uploads=uploads.of(customer, guards.me().id, lane.key),
        is_moved_on=is_moved_on,
        is_focused=True,
        is_chosen=True,
    )
    if answers.is_fragment():
        return make_response(render_template("composer/_composer.html", composer=composer), 422)
    return make_response(profile.page(customer, composer), 422)


def written() -> Written:
    """Return what the form carries."""
    key = request.form.get("key", "")[:KEY_LENGTH] or secrets.token_urlsafe(KEY_BYTES)
    seen = request.form.get("seen", "")
    is_sure = "anyway" in request.form or not seen.isdecimal()
    return Written(request.form.get("text", ""), key, None if is_sure else int(seen[:SEEN_DIGITS]))


@bp.get("/composer")
@guards.may(Role.AGENT)
def show(customer_id: int) -> str:
    """The composer as it is now; what is being written stays in the page."""
    composer = of(profile.load(customer_id), request.args.get("lane"), "compose" in request.args)
    return render_template("composer/_composer.html", composer=composer)


@bp.post("/drafts")
@guards.may(Role.AGENT)
def keep(customer_id: int) -> AnyResponse:
    """Keep what is being written in one lane; where another was chosen, go there."""
    customer, me = profile.load(customer_id), guards.me()
    writing, chosen = request.form.get("writing"), request.form.get("lane")
    lane = lanes.parsed(customer, writing, filters.now())
    if lane is not None:
        _save(customer, me, lane)
    if chosen in (None, writing):
        return make_response("", 204)
    return make_response(render_template("composer/_composer.html", composer=of(customer, chosen)))


def _key(customer: Customer, lane: Lane) -> str:
    """The same in every tab until something is sent: a draft that stands in two of them is sent once (S11)."""
    me = guards.me().id
    return f"{me}:{lane.key}:{replies.last_by(me, customer)}" if lane.is_sent else secrets.token_urlsafe(KEY_BYTES)


def _save(customer: Customer, me: User, lane: Lane) -> None:
    """What was sent meanwhile is not kept as if it were still being written."""
    form = written()
    if sends.by_key(form.once) is None:
        drafts.save(me.id, customer, lane.key, form.text, utc.now())
    db.commit()
    db.start_reading()
