"""The state of what is on its way to Instagram, in words (SPEC 6.4)."""

from dataclasses import dataclass
from datetime import datetime

from igapp.models import Send, SendState


@dataclass(frozen=True)
class State:
    """An outgoing item's state in words."""

    word: str
    detail: str = ""
    tone: str = ""
    at: datetime | None = None
    may_retry: bool = False
    may_discard: bool = False


def on_its_way(send: Send) -> State:
    """Return the state of a send that is not known to be sent."""
    problem = send.problem or ""
    if send.state == SendState.WAITING:
        return State("Waiting", problem.removeprefix("Waiting: "), "soon", may_discard=True)
    if send.state == SendState.FAILED:
        return State("Failed", problem, "late", may_retry=True, may_discard=True)
    if send.state == SendState.CHECKING:
        is_open = send.next_try_at is None
        return State("Checking…", problem.removesuffix(" Checking…"), "soon", may_retry=is_open, may_discard=is_open)
    if send.state == SendState.DISCARDED:
        return State("Discarded", problem or "It was not sent.")
    return State("Sending")
