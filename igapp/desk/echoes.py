"""Echoes of our own sends: told from what others wrote in the Instagram app, and never doubled (SPEC 9.2, D3)."""

from datetime import datetime

import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import pending, timeline
from igapp.models import Account, Event, Identity, Item, ItemKind, Send, SendKind, SendState

SKEW_SECONDS = 60
"""An echo may bear a time so long before we queued its send: the platform's clock is not ours."""
UNSETTLED = (SendState.SENDING, SendState.CHECKING)


def own_send(
    identity: Identity, platform_id: str | None, text: str | None, has_picture: bool, at: datetime
) -> Send | None:
    """Return the send that an echo belongs to: by message id, else by its content while the outcome is unknown."""
    if identity.id is None:
        return None
    by_id = sa.select(Send).where(Send.account_id == identity.account_id, Send.platform_id == platform_id)
    found = db.session().scalar(by_id) if platform_id else None
    return found or _by_content(identity, text, has_picture, at)


def private_reply(account: Account, text: str | None) -> Send | None:
    """Return the one private reply of these words whose outcome is open: it may go to an id that nobody knows yet."""
    wanted = sa.select(Send).where(
        Send.account_id == account.id,
        Send.kind == SendKind.PRIVATE_REPLY,
        Send.state.in_([db.written(Send.state, state) for state in UNSETTLED]),
        Send.platform_id.is_(None),
    )
    found = [one for one in db.session().scalars(wanted) if _is_same(one.text, text or "")]
    return found[0] if len(found) == 1 else None


def absorb(send: Send, platform_id: str | None) -> None:
    """The echo came first and was taken for somebody else's: its item gives way to ours, with what befell it."""
    echo = pending.known_item(send.account_id, platform_id)
    if echo is None or echo.kind != ItemKind.ECHO or echo.id == send.item_id or send.item is None:
        return
    _inherit(send.item, echo)
    db.change(sa.update(Event).where(Event.item_id == echo.id).values(item_id=send.item_id))
    for attachment in list(echo.attachments):
        db.session().delete(attachment)
    db.session().delete(echo)
    db.session().flush()
    timeline.changed(echo.conversation)


def name(send: Send, platform_id: str | None, now: datetime) -> None:
    """Give the echo's message id to a send that Meta called done without one, so that nothing shows twice."""
    nameless = sa.update(Send).where(Send.id == send.id, Send.platform_id.is_(None), Send.state == SendState.SENT)
    is_named = db.change(nameless.values(platform_id=platform_id))
    db.session().refresh(send)
    if is_named and send.item is not None:
        send.item.platform_id = platform_id
        pending.apply_to(send.item, send.account_id, now)


def _by_content(identity: Identity, text: str | None, has_picture: bool, at: datetime) -> Send | None:
    kinds = (SendKind.MESSAGE, SendKind.PRIVATE_REPLY) if text else (SendKind.IMAGE,)
    if not text and not has_picture:
        return None
    in_doubt = sa.and_(Send.state == SendState.DISCARDED, Send.problem.is_not(None))
    skew = utc.seconds(SKEW_SECONDS)
    is_nameless = sa.and_(Send.state == SendState.SENT, Send.sent_at >= at - skew)
    unknown = sa.or_(Send.state.in_(UNSETTLED), in_doubt, is_nameless)
    wanted = sa.select(Send).where(
        Send.identity_id == identity.id,
        Send.kind.in_(kinds),
        unknown,
        Send.platform_id.is_(None),
        Send.queued_at <= at + skew,
    )
    newest_call_first = wanted.order_by((Send.state == SendState.SENDING).desc(), Send.id)
    found = db.session().scalars(newest_call_first).all()
    return next((one for one in found if not text or _is_same(one.text, text)), None)


def _is_same(ours: str | None, theirs: str) -> bool:
    return ours is not None and ours.split() == theirs.split()


def _inherit(item: Item, echo: Item) -> None:
    item.seen_at = item.seen_at or echo.seen_at
    item.reaction = item.reaction or echo.reaction
    item.deleted_at = item.deleted_at or echo.deleted_at
    item.details = echo.details | item.details
