"""How work ends: closed, no reply needed, or the customer fell silent (SPEC 7, 11.3, 11.5)."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import capacity, conversations, offers, sessions, settings, timeline, topics, waits
from igapp.desk.refusal import Refused
from igapp.models import (
    Channel,
    Conversation,
    Identity,
    Item,
    ItemKind,
    MessagingSession,
    Send,
    SendKind,
    SendState,
    Status,
    User,
)

SET_ASIDE = "no reply needed"
NO_PART_OF_IT = (ItemKind.EVENT, ItemKind.NOTE, ItemKind.AUTO_REPLY)
"""Neither the customer nor a person of ours said it: what came before it still waits."""
UNDO_SECONDS = 10
"""How long No Reply Needed can be undone (SPEC 11.3)."""


def close(
    conversation: Conversation, user: User | None, now: datetime, is_forced: bool = False, because: str = ""
) -> None:
    """Close it: its sessions end, what is due is cancelled, an offer is withdrawn, saying `because`.

    Refused without a topic where one is required, unless something else forces it.
    """
    conversation = conversations.lock(conversation)
    if conversation.is_closed:
        return
    if not is_forced and settings.workflow().needs_topic and not topics.has_any(conversation):
        raise Refused("Add a topic before you close the conversation.")
    closed = f"{user.name} closed this conversation." if user else "The conversation was closed."
    offers.withdraw(conversation, because or closed, now)
    with conversations.changing(conversation):
        for session in conversation.open_sessions:
            _settle(session)
            sessions.end(session, "closed", now)
        conversation.closed_at, conversation.closed_by_id = now, user.id if user else None
        conversation.kept_for_id = conversation.knocked_at = None
        conversation.last_agent_id = conversation.agent_id or conversation.last_agent_id
    timeline.event(conversation, f"Closed by {user.name}" if user else "Closed", now)
    conversations.forget_current(conversation)


def no_reply_needed(
    conversation: Conversation, user: User, now: datetime, session: MessagingSession | None = None
) -> None:
    """End a session (by default that of the last item, else the one that waits longest) without an answer.

    Refused where nothing in it waits for one.
    """
    conversation = conversations.lock(conversation)
    ended = session or last_unanswered(conversation) or _longest_waiting(conversation)
    if ended is None or ended not in conversation.open_sessions or ended.unanswered_at is None:
        raise Refused("Nothing here waits for a reply.")
    offers.withdraw(conversation, f"{user.name} marked it as No Reply Needed.", now)
    with conversations.changing(conversation):
        ended.set_aside_at = ended.unanswered_at
        _settle(ended)
        sessions.end(ended, SET_ASIDE, now)
    timeline.event(conversation, f"Marked as No Reply Needed by {user.name}", now)


def last_unanswered(conversation: Conversation) -> MessagingSession | None:
    """Return the session of the last item, if that is an inbound that waits for an answer (the button, SPEC 11.3)."""
    wanted = (
        sa.select(Item)
        .where(Item.conversation_id == conversation.id, Item.kind.not_in(NO_PART_OF_IT), Item.deleted_at.is_(None))
        .order_by(Item.at.desc(), Item.id.desc())
        .limit(1)
    )
    item = db.session().scalar(wanted)
    if item is None or not item.wants_answer:
        return None
    waiting = (one for one in conversation.open_sessions if one.unanswered_at is not None)
    return next(
        (one for one in waiting if one.id == item.session_id and item.at >= (one.unanswered_at or item.at)), None
    )


def undoable(conversation: Conversation, now: datetime) -> MessagingSession | None:
    """Return the session whose No Reply Needed can still be undone."""
    wanted = (
        sa.select(MessagingSession)
        .where(
            MessagingSession.conversation_id == conversation.id,
            MessagingSession.end_reason == SET_ASIDE,
            MessagingSession.ended_at > now - utc.seconds(UNDO_SECONDS),
        )
        .order_by(MessagingSession.ended_at.desc())
        .limit(1)
    )
    return db.session().scalar(wanted)


def undo_no_reply_needed(conversation: Conversation, user: User, now: datetime) -> None:
    """Take No Reply Needed back within 10 s; Refused if the place is taken and the maximum reached (SPEC 11.3)."""
    conversation = conversations.lock(conversation)
    ended = undoable(conversation, now)
    if ended is None or ended.set_aside_at is None or conversation.is_closed:
        raise Refused("It is too late to undo that.")
    _refuse_if_it_went_on(conversation, ended)
    _take_place_back(conversation)
    with conversations.changing(conversation, is_place_taken=True):
        ended.ended_at = ended.end_reason = None
        conversation.sessions.append(ended)
        waits.goes_on(ended, ended.set_aside_at)
        sessions.wait_for_answer(ended, ended.identity.account, ended.set_aside_at)
        _unsettle(ended, ended.set_aside_at)
    timeline.event(conversation, f"No Reply Needed undone by {user.name}", now)
    if conversation.agent_id is None:
        conversations.look_for_agent()


def end_silent(session_id: int, now: datetime) -> bool:
    """End a session whose customer did not reply in time; returns whether it was still due to end."""
    found = db.session().get(MessagingSession, session_id)
    if found is None:
        return False
    conversation = conversations.lock(found.conversation)
    db.session().refresh(found)
    if not found.is_open or found.ends_at is None or found.ends_at > now or conversation.agent_id is None:
        return False
    with conversations.changing(conversation):
        sessions.end(found, "silence", now)
    timeline.event(conversation, "Session ended: the customer did not reply in time", now)
    return True


def gone(session: MessagingSession, now: datetime) -> None:
    """End the session of a comment that its author deleted: nothing is left to answer (SPEC 7.3, 10.6)."""
    conversation = conversations.lock(session.conversation)
    if not session.is_open:
        return
    with conversations.changing(conversation):
        sessions.end(session, "gone", now)
    if conversation.status == Status.WAITING:
        offers.withdraw(conversation, "The comment was deleted by its author.", now)


def _refuse_if_it_went_on(conversation: Conversation, ended: MessagingSession) -> None:
    if _is_answered(ended):
        raise Refused("It was answered meanwhile: there is nothing to undo.")
    if any(ended.channel == Channel.DM and sessions.is_dm_with(one, ended.identity) for one in conversation.sessions):
        raise Refused("The customer wrote again meanwhile: there is nothing to undo.")


def _is_answered(ended: MessagingSession) -> bool:
    """Whether a reply was sent after all, to what was set aside."""
    if ended.channel == Channel.DM:
        identity = ended.identity
        return (identity.answered_at or utc.EPOCH) > (identity.window_opened_at or utc.FAR_FUTURE)
    sent = sa.select(Send.id).where(Send.account_id == ended.account_id, Send.comment_id == ended.comment_id)
    replies = (Send.state == SendState.SENT, Send.kind.in_((SendKind.COMMENT_REPLY, SendKind.PRIVATE_REPLY)))
    return db.session().scalar(sent.where(*replies).limit(1)) is not None


def _take_place_back(conversation: Conversation) -> None:
    """A conversation that had no open session left takes a place of its agent again."""
    if conversation.agent_id is None or conversation.open_sessions:
        return
    most = settings.workflow().maximum_capacity
    if not capacity.take(conversation.agent_id, below=most):
        raise Refused(f"The place was taken meanwhile: {most} of {most} customers. Close one first.")


def _longest_waiting(conversation: Conversation) -> MessagingSession | None:
    waiting = [one for one in conversation.open_sessions if one.unanswered_at is not None]
    return min(waiting, key=lambda one: one.unanswered_at or one.started_at, default=None)


def _settle(session: MessagingSession) -> None:
    """What the customer wrote up to now is settled: a late arrival from before does not open it again."""
    identity: Identity = session.identity
    newest = identity.window_opened_at
    if session.channel == Channel.DM and newest is not None:
        identity.answered_at = max(identity.answered_at or newest, newest)


def _unsettle(session: MessagingSession, waits_since: datetime) -> None:
    """Only what came before the first unanswered message stays settled."""
    if session.channel == Channel.DM:
        session.identity.answered_at = waits_since - timedelta(microseconds=1)
