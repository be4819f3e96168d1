"""Every end of a call that is not a success, as a class; people read the sentence, the log has the code.

Only (code, subcode) tell errors apart: Meta's messages are translated, its HTTP status is unreliable (META 4.5).
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from igapp.instagram import tolerant as read
from igapp.instagram.usage import Usage


class CallFailed(Exception):
    """A call without a success. `permanent`: the same call would fail again."""

    permanent = False
    is_unknown = False
    """Whether the call may have taken effect all the same."""
    sentence = "Instagram could not do it just now."

    def __init__(self, code: str | None = None, usage: Usage | None = None) -> None:
        super().__init__(f"{type(self).__name__} {code or ''}".strip())
        self.code = code
        """Meta's code/subcode, for the log."""
        self.usage = usage


class NeverLeft(CallFailed):
    """The connection was never made: nothing was sent."""

    sentence = "Instagram cannot be reached. It is tried again by itself."


class OutcomeUnknown(CallFailed):
    """The request left and no readable answer came: it may have taken effect."""

    is_unknown = True
    sentence = "Instagram did not say whether it arrived."


class Refused(CallFailed):
    """Meta answered with an error that repeating does not mend."""

    permanent = True
    sentence = "Instagram refused it."

    def __init__(self, code: str | None = None, usage: Usage | None = None) -> None:
        super().__init__(code, usage)
        if type(self) is Refused:
            self.sentence = f"Instagram refused it (error {code})."


class Transient(CallFailed):
    """Meta is troubled and says that nothing was done."""

    sentence = "Instagram has a problem of its own. It is tried again by itself."


class Throttled(CallFailed):
    """Too many calls: all calls for the account must rest (META 10)."""

    sentence = "Instagram's rate limit. It goes out by itself."


class TokenRefused(CallFailed):
    """The account must be connected again; what is to be sent waits."""

    sentence = "Instagram no longer accepts this account's connection. An administrator must reconnect it."


class WindowClosed(Refused):
    sentence = "Instagram's time to reply is over. When the customer writes again you can answer."


class NotReceiving(Refused):
    sentence = "This person does not receive messages at the moment."


class ControlledElsewhere(Refused):
    sentence = "Another app is answering this conversation at the moment."


class PermissionMissing(Refused):
    """The app or token lacks a right; an administrator's matter, and no reason to give the account up."""

    sentence = "Instagram does not permit this to our app. An administrator should check the account's permissions."


class PersonUnavailable(Refused):
    sentence = "This person isn't available: the account was deleted, is restricted, or has blocked you."


class PrivateReplyRefused(Refused):
    sentence = "Instagram allows no direct message for this comment: it was answered already, deleted or is too old."


class ThreadGone(Refused):
    sentence = "Instagram archived or deleted this conversation."


class UploadFailed(Refused):
    sentence = "Instagram could not fetch the file. Try it again, or send another file."


class Gone(Refused):
    sentence = "It is no longer on Instagram: it was deleted, or is not ours to change."


class ConsentMissing(Refused):
    """Profiles may be read only of people who wrote to the account."""

    sentence = "Instagram shows this profile only once the customer has written."


class NotDone(Refused):
    """An answer without an error that says of itself that it was no success."""

    sentence = "Instagram did not do it and gave no reason. Try again, or do it in the Instagram app."


class FeatureMissing(Refused):
    sentence = "Instagram does not offer this to our app yet."


class PolicyBlocked(Refused):
    sentence = "Instagram blocked this for a while because of its policies. Tell an administrator."


class AppBlocked(Refused):
    """Meta takes no such request of the app at all; seen when app or account are blocked."""

    sentence = "Instagram takes no such request from our app at present. Tell an administrator."


_BY_PAIR: dict[tuple[int, int], type[CallFailed]] = {
    (2, 2534068): FeatureMissing,
    (10, 2534022): WindowClosed,
    (10, 2018278): WindowClosed,
    (10, 2018108): NotReceiving,
    (10, 2018300): ControlledElsewhere,
    (10, 1893063): Throttled,
    (100, 33): Gone,
    (100, 2534014): PersonUnavailable,
    (100, 2018001): PersonUnavailable,
    (100, 2534025): PrivateReplyRefused,
    (100, 2534013): PrivateReplyRefused,
    (100, 2534029): PrivateReplyRefused,
    (100, 2534001): ThreadGone,
    (100, 2018047): UploadFailed,
    **{(200, subcode): PersonUnavailable for subcode in (1545041, 2018028, 2534041, 2534066)},
}
_BY_CODE: dict[int, type[CallFailed]] = {
    1: Transient,
    2: Transient,
    3: PermissionMissing,
    10: PermissionMissing,
    102: TokenRefused,
    190: TokenRefused,
    230: ConsentMissing,
    368: PolicyBlocked,
    551: PersonUnavailable,
    **dict.fromkeys((4, 17, 32, 613, 80002, 80006), Throttled),
    **dict.fromkeys(range(200, 230), PermissionMissing),
    **dict.fromkeys(range(231, 300), PermissionMissing),
}
_UNKNOWN_WITH_5XX = (1, 2)


def of_answer(status: int, body: Mapping[str, Any], usage: Usage | None = None) -> CallFailed | None:
    """Return what an answer says went wrong; None for a success. `body` is empty where it was unreadable."""
    error = body.get("error")
    if isinstance(error, dict):
        return _of_error(status, error, usage)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled(str(status), usage)
    if "success" in body and not read.flag(body["success"]):
        return NotDone(str(status), usage)
    return None if body and status < HTTPStatus.MULTIPLE_CHOICES else OutcomeUnknown(str(status), usage)


def _of_error(status: int, error: Mapping[str, Any], usage: Usage | None) -> CallFailed:
    code, subcode = read.number(error.get("code")) or 0, read.number(error.get("error_subcode")) or 0
    written = f"{code}/{subcode}" if subcode else str(code)
    if (code, subcode) not in _BY_PAIR and code in _UNKNOWN_WITH_5XX and status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return OutcomeUnknown(written, usage)
    found = _BY_PAIR.get((code, subcode)) or _BY_CODE.get(code) or _other(code, subcode, status, error)
    return found(written, usage)


def _other(code: int, subcode: int, status: int, error: Mapping[str, Any]) -> type[CallFailed]:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled
    if read.flag(error.get("is_transient")):
        return Transient
    is_blocked = (code, subcode) == (100, 0) and error.get("type") == "IGApiException"
    return AppBlocked if is_blocked else Refused
