"""Looks for messages that no webhook told of: the platform's own conversations are compared with ours (L9).

What is missing goes into the ledger like a delivery, marked, and is applied like one. A comparison is made in
slices of a few calls, below Meta's limit of two a second, and ends with the comments (comment_gaps.py).
"""

import json
import logging
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from igapp import db, utc
from igapp.background import later
from igapp.desk import comments, connections, erasures, retention
from igapp.instagram import contents as say
from igapp.instagram import errors, graph, lanes, ledger, threads, tokens
from igapp.instagram.events import GAP, HISTORY
from igapp.instagram.lanes import RECOVERED
from igapp.instagram.nodes import ReadMessage
from igapp.instagram.threads import Thread
from igapp.instagram.tokens import Token
from igapp.models import Account, Event, Item

log = logging.getLogger(__name__)

EVERY_MINUTES = 10
"""How often the platform's conversations are compared with ours (L9)."""
SILENT_MINUTES = 5
"""An account of which nothing was heard for so long is looked at sooner."""
MARGIN_MINUTES = 15
"""How far behind the last comparison the next one looks: the platform's clock is not ours, webhooks may be late."""
THREADS_A_SLICE = 3
"""Conversations read before other maintenance has its turn."""
MOST_SLICES = 100
"""Where a comparison ends, however many conversations there are."""
CALL_SECONDS = 0.5
"""Meta: two calls a second and account (META 10)."""
OF_ONE = (errors.Refused, errors.Transient, errors.OutcomeUnknown)
"""What keeps one conversation or post from being read, and says nothing of the others."""
TELLING = ("message", "echo", "postback", "unsend", "comment", "live_comment")
"""Events after which a message or comment is no gap; those that only touch one come without it, too (D6)."""


@dataclass(frozen=True)
class Slice:
    """Where a comparison stands, taken out of the database before the calls."""

    account_id: int
    platform_id: str
    own_ids: frozenset[str]
    token: Token
    connected_at: datetime
    has_comments: bool
    since: datetime | None
    """Conversations that have not changed since then were compared before; None compares all."""


def due(now: datetime) -> list[int]:
    """Return the accounts whose conversations are to be compared now."""
    often, seldom = now - utc.minutes(SILENT_MINUTES), now - utc.minutes(EVERY_MINUTES)
    started, heard = Account.gaps_started_at, Account.last_event_at
    is_silent = sa.and_(started <= often, sa.or_(heard.is_(None), heard <= often))
    wanted = sa.select(Account).where(sa.or_(started.is_(None), started <= seldom, is_silent))
    return [
        account.id
        for account in db.session().scalars(wanted)
        if account.may_send and not connections.is_busy(account, now)
    ]


def begin(account_id: int, now: datetime) -> None:
    """Begin a comparison, and read again the comments that wait for an answer."""
    account = db.session().get(Account, account_id)
    if account is not None and account.may_send:
        account.gaps_started_at = now
        lanes.hear_again(account, now)
        later("find_gaps", account_id, now.isoformat(), "", 0)
        for item_id in comments.unanswered(Item.account_id == account_id):
            later("recheck_comment", item_id)
    db.commit()


def look(account_id: int, started: str, cursor: str, number: int, now: datetime) -> str | None:
    """Compare the next few conversations and ask for the rest; returns where the rest begins, None at the end.

    `started` goes empty where something could not be read: the next comparison then looks as far back.
    """
    part = slice_of(account_id, now)
    db.session().rollback()
    if part is None:
        return None
    try:
        found, further = threads.page(graph.client(), part.token, THREADS_A_SLICE, cursor or None)
        changed = [thread for thread in found if _has_changed(thread, part.since)]
        missing = [_compare(part, thread, now) for thread in changed]
    except errors.CallFailed as error:
        log.warning("gaps_not_looked_for account=%d error=%s code=%s", account_id, type(error).__name__, error.code)
        tokens.note_refusal(part.token, error, now)
        db.commit()
        return None
    count(account_id, missing)
    started = started if None not in missing else ""
    rest = further if len(changed) == len(found) and number + 1 < MOST_SLICES else None
    if rest is not None:
        later("find_gaps", account_id, started, rest, number + 1)
    else:
        later("find_comments", account_id, started, "")
    db.commit()
    return rest


def slice_of(account_id: int, now: datetime) -> Slice | None:
    """Return where an account's comparison stands; None where no call may be made for it just now."""
    account = db.session().get(Account, account_id)
    token = tokens.of(account) if account and account.may_send and not connections.is_busy(account, now) else None
    if account is None or token is None:
        return None
    checked_at = account.gaps_checked_at
    return Slice(
        account_id,
        account.ig_user_id,
        frozenset(account.platform_ids),
        token,
        account.connected_at,
        account.is_comments_on,
        checked_at - utc.minutes(MARGIN_MINUTES) if checked_at else None,
    )


def _has_changed(thread: Thread, since: datetime | None) -> bool:
    return since is None or thread.updated_at is None or thread.updated_at >= since


def _compare(part: Slice, thread: Thread, now: datetime) -> int | None:
    """Record what is missing of one conversation; returns how many messages, None where it cannot be read now."""
    time.sleep(CALL_SECONDS)
    try:
        missing = _unknown(part, threads.of_thread(graph.client(), part.token, thread.thread_id))
    except OF_ONE as error:
        log.warning(
            "thread_not_compared account=%d error=%s code=%s", part.account_id, type(error).__name__, error.code
        )
        return 0 if error.permanent else None
    for is_history in (True, False):
        group = [one for one in missing if _is_history(part, one) == is_history]
        if group:
            record(part, "messaging", [_item(part, one) for one in group], HISTORY if is_history else GAP, now)
    return len(missing)


def _unknown(part: Slice, read: Iterable[ReadMessage]) -> list[ReadMessage]:
    """Return what neither the timeline nor the ledger has; what Meta gives no details of cannot be had."""
    named = [one for one in read if one.message.mid]
    told = known(part, {one.message.mid for one in named})
    db.session().rollback()
    fresh = [_in_full(part, one) for one in named if one.message.mid not in told]
    whole = [one for one in fresh if one.at is not None and one.from_id and one.to_id]
    missing = [
        one for one in whole if not is_gone(part, _customer(part, one), one.at, is_ours=one.from_id in part.own_ids)
    ]
    db.session().rollback()
    return missing


def _in_full(part: Slice, one: ReadMessage) -> ReadMessage:
    if not one.from_id:
        time.sleep(CALL_SECONDS)
    return threads.in_full(graph.client(), part.token, one)


def known(part: Slice, platform_ids: Collection[str | None]) -> set[str | None]:
    """Return those of messages or comments that the timeline or the ledger has."""
    shown = sa.select(Item.platform_id).where(Item.account_id == part.account_id, Item.platform_id.in_(platform_ids))
    told = sa.select(Event.platform_id).where(
        Event.platform_account_id.in_(part.own_ids), Event.platform_id.in_(platform_ids), Event.kind.in_(TELLING)
    )
    return set(db.session().scalars(shown.union(told)))


def is_gone(part: Slice, igsid: str | None, at: datetime | None, *, is_ours: bool = False) -> bool:
    """What somebody asked to be forgotten, or was kept long enough, does not even come back as an ignored event."""
    said_at = at or utc.EPOCH
    is_erased = bool(igsid) and erasures.is_erased(part.account_id, igsid or "", said_at, is_ours=is_ours)
    return is_erased or retention.is_over(said_at, utc.now())


def _customer(part: Slice, one: ReadMessage) -> str | None:
    return one.to_id if one.from_id in part.own_ids else one.from_id


def _is_history(part: Slice, one: ReadMessage) -> bool:
    return one.at is not None and one.at < part.connected_at


def record(part: Slice, key: str, items: list[dict[str, Any]], mark: str, now: datetime) -> None:
    """Put what was missing into the ledger as a delivery would; a webhook that comes after all changes nothing."""
    body = {"object": "instagram", "recovered": mark, "entry": [{"id": part.platform_id, key: items}]}
    receipt = ledger.record(json.dumps(body).encode(), f"{RECOVERED}{part.account_id}-{now:%H%M%S}", now)
    lanes.wake(receipt.lanes)
    log.info("recovered account=%d count=%d mark=%s", part.account_id, receipt.received, mark)


def _item(part: Slice, one: ReadMessage) -> dict[str, Any]:
    is_ours, customer = one.from_id in part.own_ids, _customer(part, one)
    sender, recipient = (part.platform_id, customer) if is_ours else (customer, part.platform_id)
    return {
        "sender": {"id": sender},
        "recipient": {"id": recipient},
        "timestamp": int(one.at.timestamp() * 1000) if one.at else None,
        "message": _message(one.message) | ({"is_echo": True} if is_ours else {}),
    }


def _message(message: say.Message) -> dict[str, Any]:
    story = message.story
    found: dict[str, Any] = {"mid": message.mid, "text": message.text, "is_unsupported": message.is_unsupported}
    found["attachments"] = [
        {"type": one.kind, "payload": {"url": one.url, "title": one.title}} for one in message.attachments
    ]
    if story is not None:
        found["reply_to"] = {"story": {"id": story.story_id, "url": story.url}}
    return found


def count(account_id: int, missing: Iterable[int | None]) -> None:
    """Count what was missing."""
    found = sum(number or 0 for number in missing)
    if found:
        more = sa.func.coalesce(Account.recovered_count, 0) + found
        db.change(sa.update(Account).where(Account.id == account_id).values(recovered_count=more))


def finish(account_id: int, started: str) -> None:
    """Note that a comparison came to its end with everything read: the next one looks no further back."""
    if started:
        ended = sa.update(Account).where(Account.id == account_id)
        db.change(ended.values(gaps_checked_at=datetime.fromisoformat(started)))
