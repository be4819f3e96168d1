"""Turns one event into one verb of the desk, and the verb's answer into the ledger's outcome."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import arrivals, customers, echoes, erasures, pending
from igapp.instagram import commenting, keys, kinds
from igapp.instagram import contents as say
from igapp.instagram.events import OBJECT, WireEvent
from igapp.instagram.verdict import Verdict, applied, failed, forgotten, ignored, postponed
from igapp.models import Account, AccountState, Identity, ItemKind

EDIT_ONLY_SECONDS = 30
"""How long an edit without content waits for its message before that is fetched by its id (META 3.6)."""
FETCH_SECONDS = 60
"""How long a fetch from the Graph API may take before it is asked for again."""

KEPT_FOR_MESSAGE = "Kept until its message comes."
NOT_CONNECTED = "The account is not connected."


@dataclass(frozen=True)
class Case:
    """One event with what the ledger knows of it."""

    event: WireEvent
    at: datetime
    received_at: datetime
    now: datetime
    is_complete: bool = False
    """The Graph API was asked already for what the delivery left out."""


def accounts(events: Iterable[WireEvent]) -> dict[str, Account]:
    """Return the connected accounts that events name, by either of their ids."""
    named = {event.account_id for event in events}
    wanted = sa.select(Account).where(
        Account.state != AccountState.DISCONNECTED,
        sa.or_(Account.ig_user_id.in_(named), Account.app_scoped_id.in_(named)),
    )
    found = db.session().scalars(wanted).all()
    return {platform_id: account for account in found for platform_id in account.platform_ids}


def prefetch(events: Iterable[WireEvent], known: Mapping[str, Account]) -> None:
    """Load what a batch of events touches in a constant number of queries."""
    ours = [(known[event.account_id], event) for event in events if event.account_id in known]
    customers.prefetch({(account, event.customer_id) for account, event in ours if event.customer_id})
    erasures.prefetch({(account.id, igsid) for account, event in ours if (igsid := _author(event))})
    named = ((account, keys.platform_id(event.content)) for account, event in ours)
    pending.prefetch({(account.id, platform_id) for account, platform_id in named if platform_id})


def interpret(case: Case, account: Account | None) -> Verdict:
    """Apply an event; returns its outcome, and raises whatever keeps it from being applied now."""
    event = case.event
    if event.object != OBJECT:
        return ignored(f"The object is “{event.object}”, not “{OBJECT}”.")
    igsid = _author(event)
    if account is not None and igsid and erasures.is_erased(account.id, igsid, case.at, is_ours=event.is_ours):
        return forgotten("From before this person was erased.")
    for kind, words in _UNHEARD.items():
        if isinstance(event.content, kind):
            return words(event.content)
    if account is None:
        return ignored(NOT_CONNECTED)
    return replace(_HEARD[type(event.content)](case, account, event.content), igsid=igsid)


def _author(event: WireEvent) -> str | None:
    """Return by which id whoever an event is about is erased: a comment may have an author of its own."""
    content = event.content
    if event.customer_id is None and isinstance(content, say.Comment) and content.comment_id:
        return commenting.author_id(content)
    return event.customer_id


def _unknown(content: Any) -> Verdict:
    return ignored(f"We know no event “{content.name}”." if content.name else "The entry has no event.")


_UNHEARD: dict[type, Callable[[Any], Verdict]] = {
    say.Test: lambda _: ignored("A test of the dashboard."),
    say.Unreadable: lambda _: failed("The delivery is not JSON, or nested too deeply to be read."),
    say.Unknown: _unknown,
    say.Handover: lambda content: ignored(f"Another app's matter ({content.verb})."),
}


def _message(case: Case, account: Account, message: say.Message) -> Verdict:
    if message.is_self or case.event.customer_id in account.platform_ids:
        return ignored("A note of the account to itself.")
    if case.event.customer_id is None:
        return ignored("Nobody is named as sender.")
    event = case.event
    arrival = kinds.arrival(
        message, case.at, is_ours=event.is_ours, is_standby=event.is_standby, recovered=event.recovered
    )
    if event.is_ours:
        return _echo(case, account, arrival)
    is_mention = arrival.kind == ItemKind.STORY_MENTION
    if not (account.is_story_mentions_on if is_mention else account.is_dm_on):
        return _switched_off("Story mentions" if is_mention else "Direct messages")
    return applied(arrivals.receive(_customer(case, account), arrival, case.now))


def _echo(case: Case, account: Account, arrival: arrivals.Arrival) -> Verdict:
    item = arrivals.receive_echo(_recipient(case, account, arrival), arrival, case.now)
    return applied(item) if item is not None else _switched_off("Echo")


def _recipient(case: Case, account: Account, arrival: arrivals.Arrival) -> Identity:
    """Return to whom an echo went: whoever commented may be known by another id where they are written to."""
    igsid = case.event.customer_id or ""
    send = echoes.private_reply(account, arrival.text) if customers.known(account, igsid) is None else None
    if send is None:
        return _customer(case, account)
    customers.learn_alias(send.identity, igsid)
    return send.identity


def _postback(case: Case, account: Account, postback: say.Postback) -> Verdict:
    return _tap(case, account, kinds.postback(postback, case.at), is_self=postback.is_self)


def _referral(case: Case, account: Account, referral: say.Referral) -> Verdict:
    return _tap(case, account, kinds.lone_referral(referral, case.at))


def _tap(case: Case, account: Account, arrival: arrivals.Arrival, *, is_self: bool = False) -> Verdict:
    if is_self or case.event.is_ours:
        return ignored("A tap of the account itself.")
    if case.event.customer_id is None:
        return ignored("Nobody is named as sender.")
    if not account.is_dm_on:
        return _switched_off("Direct messages")
    return applied(arrivals.receive(_customer(case, account), arrival, case.now))


def _reaction(case: Case, account: Account, reaction: say.Reaction) -> Verdict:
    if case.event.is_ours or case.event.sender_id in account.platform_ids:
        return ignored("A reaction made by the company in the app.")
    if reaction.mid is None:
        return ignored("No message is named.")
    found = arrivals.receive_reaction(_known(case, account), reaction.mid, reaction.emoji, case.at, case.now)
    return _changed(account, reaction.mid, is_known=found)


def _read(case: Case, account: Account, read: say.Read) -> Verdict:
    if case.event.is_ours:
        return ignored("Read by the company in the app.")
    at = read.watermark or case.at
    found = arrivals.receive_read(_known(case, account), read.mid, at, case.now)
    return _changed(account, read.mid, is_known=found)


def _unsend(case: Case, account: Account, unsend: say.Unsend) -> Verdict:
    if unsend.mid is None:
        return ignored("No message is named.")
    found = arrivals.receive_unsend(_known(case, account), unsend.mid, case.at, case.now)
    return _changed(account, unsend.mid, is_known=found)


def _edit(case: Case, account: Account, edit: say.Edit) -> Verdict:
    if edit.mid is None:
        return ignored("No message is named.")
    if edit.text is None:
        return _edit_only(case, account, edit.mid)
    number = None if edit.count is None else max(edit.count, 1)
    found = arrivals.receive_edit(_known(case, account), edit.mid, edit.text, case.at, case.now, number)
    return _changed(account, edit.mid, is_known=found)


def _edit_only(case: Case, account: Account, mid: str) -> Verdict:
    """Some new messages come as an edit without content alone: wait for the message, then fetch it."""
    if pending.known_item(account.id, mid) is not None:
        return ignored("It says nothing new: its message is here.")
    due_at = case.received_at + utc.seconds(EDIT_ONLY_SECONDS)
    if case.now < due_at:
        return postponed("Waits for its message.", due_at)
    return postponed("Its message is fetched by its id.", case.now + utc.seconds(FETCH_SECONDS), "fetch_message")


def _comment(case: Case, account: Account, comment: say.Comment) -> Verdict:
    if comment.author_id in account.platform_ids:
        return ignored("Our own comment.")
    if comment.parent_id not in (None, comment.comment_id):
        return ignored("A reply below a comment.")
    if not account.is_comments_on:
        return _switched_off("Comments")
    if comment.comment_id is None:
        return ignored("The comment has no id: nothing could be done with it.")
    is_known = pending.known_item(account.id, comment.comment_id) is not None
    says_all = comment.author_id and comment.media_id and case.event.at
    if not (says_all or is_known or case.is_complete):
        until = case.now + utc.seconds(FETCH_SECONDS)
        return postponed("Who wrote it, when or where is read from Instagram.", until, "fetch_comment")
    identity = customers.find_or_welcome(account, commenting.author_id(comment), case.now, comment.username)
    arrived = commenting.arrived(account, comment, case.at, case.now, is_recovered=case.event.recovered is not None)
    return applied(arrivals.receive_comment(identity, arrived, case.now))


def _changed(account: Account, mid: str | None, *, is_known: bool) -> Verdict:
    item = pending.known_item(account.id, mid)
    return applied(item, None if is_known else KEPT_FOR_MESSAGE)


def _customer(case: Case, account: Account) -> Identity:
    return customers.find_or_welcome(account, case.event.customer_id or "", case.now)


def _known(case: Case, account: Account) -> Identity:
    """Return the identity; for one never heard of, a change is kept without making a customer of it."""
    igsid = case.event.customer_id or ""
    found = customers.known(account, igsid)
    if found is not None and found.id is None:
        db.session().flush()  # welcomed in this very batch: what is known of its messages hangs on its numbers
    return found or Identity(account_id=account.id, igsid=igsid)


def _switched_off(what: str) -> Verdict:
    return ignored(f"{what} of this account: switched off.")


_HEARD: dict[type, Callable[[Case, Account, Any], Verdict]] = {
    say.Message: _message,
    say.Postback: _postback,
    say.Referral: _referral,
    say.Reaction: _reaction,
    say.Read: _read,
    say.Unsend: _unsend,
    say.Edit: _edit,
    say.Comment: _comment,
}
