"""What may be done with one item, and what is being done to it: its menu's entries, and the states of its actions."""

from dataclasses import dataclass
from datetime import datetime

from igapp.desk import comments, likes
from igapp.models import Item, ItemKind, SendKind, SendState
from igapp.web.states import State, on_its_way

COMMENTS = (ItemKind.COMMENT, ItemKind.LIVE_COMMENT)
WORDS = {
    SendKind.LIKE: "Like",
    SendKind.UNLIKE: "Taking the like back",
    SendKind.HIDE: "Hiding",
    SendKind.DELETE: "Deleting",
}
"""Actions of ours that are no messages, as their state is told."""


@dataclass(frozen=True)
class Act:
    """Something that is being done to an item, or could not be done."""

    word: str
    state: State
    send_id: int


def entries(item: Item, now: datetime, may_skip: bool) -> frozenset[str]:
    """Return the names of the entries of the item's menu; each disappears once used."""
    found = {"skip"} if may_skip else set()
    if item.kind in COMMENTS:
        found |= {str(action) for action in comments.allowed(item, now)}
    elif item.kind in likes.LIKEABLE and not _is_liking(item) and likes.may_like(item, now):
        found.add("like")
    return frozenset(found)


def acts(item: Item) -> tuple[Act, ...]:
    """Return the newest action of each kind that is under way or could not be done."""
    newest = {send.kind: send for send in item.actions if send.kind in WORDS} if item.is_inbound else {}
    return tuple(
        Act(WORDS[kind], on_its_way(send), send.id)
        for kind, send in newest.items()
        if send.state not in (SendState.SENT, SendState.DISCARDED)
    )


def is_liked(item: Item) -> bool:
    """Whether the heart stands there: liked, or just about to be."""
    return item.liked_at is not None or _is_liking(item)


def _is_liking(item: Item) -> bool:
    return any(send.kind == SendKind.LIKE and send.state in likes.UNSETTLED for send in item.actions)
