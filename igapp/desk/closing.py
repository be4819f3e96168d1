"""How work ends: closed, no reply needed, or the customer fell silent (SPEC 7, 11.3, 11.5)."""

from datetime import datetime

from igapp import db
from igapp.desk import conversations, offers, sessions, timeline
from igapp.desk.refusal import Refused
from igapp.models import Channel, Conversation, Identity, MessagingSession, User


def close(conversation: Conversation, user: User | None, now: datetime) -> None:
    """Close it: its sessions end, what is due is cancelled, an offer is withdrawn."""
    conversation = conversations.lock(conversation)
    if conversation.is_closed:
        return
    offers.withdraw(conversation, "The conversation was closed.", now)
    with conversations.changing(conversation):
        for session in conversation.open_sessions:
            _settle(session)
            sessions.end(session, "closed", now)
        conversation.closed_at, conversation.closed_by_id = now, user.id if user else None
        conversation.last_agent_id = conversation.agent_id or conversation.last_agent_id
    timeline.event(conversation, f"Closed by {user.name}" if user else "Closed", now)
    conversations.forget_current(conversation)


def no_reply_needed(
    conversation: Conversation, user: User, now: datetime, session: MessagingSession | None = None
) -> None:
    """End a session (by default the one that waits longest) without an answer; its due time is gone."""
    conversation = conversations.lock(conversation)
    ended = session if session in conversation.open_sessions else _longest_waiting(conversation)
    if ended is None or ended.unanswered_at is None:
        raise Refused("Nothing here waits for a reply.")
    offers.withdraw(conversation, f"{user.name} marked it as No Reply Needed.", now)
    with conversations.changing(conversation):
        _settle(ended)
        sessions.end(ended, "no reply needed", now)
    timeline.event(conversation, f"Marked as No Reply Needed by {user.name}", now)


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


def _longest_waiting(conversation: Conversation) -> MessagingSession | None:
    waiting = [one for one in conversation.open_sessions if one.unanswered_at is not None]
    return min(waiting, key=lambda one: one.unanswered_at or one.started_at, default=None)


def _settle(session: MessagingSession) -> None:
    """What the customer wrote up to now is settled: a late arrival from before does not open it again."""
    identity: Identity = session.identity
    newest = identity.window_opened_at
    if session.channel == Channel.DM and newest is not None:
        identity.answered_at = max(identity.answered_at or newest, newest)
