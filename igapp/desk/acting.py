"""Acting on a customer's item at Instagram: one send about it, carrying nothing of its own."""

from datetime import datetime

from igapp.desk import sends
from igapp.desk.refusal import Refused
from igapp.models import Item, Send, SendKind, User


def act(item: Item, user: User, kind: SendKind, now: datetime, comment_id: str | None = None) -> Send:
    """Owe a like, unlike, hide or delete of a locked item whose actions are fresh; Refused where it has no account."""
    if item.account is None or item.identity is None:
        raise Refused(f"This {'comment' if comment_id else 'message'} has lost its account.")
    send = Send(
        kind=kind,
        account=item.account,
        identity=item.identity,
        conversation_id=item.conversation_id,
        target=item,
        key=f"{kind}:{item.id}:{len(item.actions)}",
        comment_id=comment_id,
        author_id=user.id,
    )
    return sends.queue(send, now)
