"""Erasing one customer, or an account with all that came through it, with a receipt (SPEC 1.5, GDPR article 17).

What identifies somebody goes at once, in the request; the rest follows in slices that others do not notice.
"""

import json
import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from igapp import bell, db, utc
from igapp.background import later
from igapp.desk import audit, connections, customers, erasing, marking, memory, wiping
from igapp.models import (
    Account,
    Customer,
    ErasedIdentity,
    Erasure,
    ErasureKind,
    ErasureState,
    Event,
    Identity,
    Send,
    SendState,
    User,
)
from igapp.vault import vault

CODE_BYTES = 18
"""Of chance in a confirmation code."""
UNDER_WAY_SECONDS = 90
"""What was under way to somebody at their erasure comes back so much later: a send's lease, and clocks that differ."""
PAGE_SIZE = 50
"""Receipts that the page shows."""


def of_customer(customer: Customer, by: User | None, now: datetime) -> Erasure:
    """Begin to erase a customer; name and identities are gone when this is committed."""
    customer = _locked(customer)
    running = _running_of(customer)
    if running is not None:
        return running
    erasing.close(customer, now)
    ids = erasing.all_ids(customer)
    named = _forget_identities(
        db.session().scalars(sa.select(Identity).where(Identity.customer_id.in_(ids))).all(), now
    )
    gone = wiping.details(ids)
    db.change(sa.update(Customer).where(Customer.id.in_(ids)).values(_NAMELESS))
    erasure = _begin(ErasureKind.CUSTOMER, by, now, customer_id=customer.id, named=named, gone=gone)
    audit.record(by, "customer.erased", str(customer.id), now, code=erasure.code)
    bell.ring(f"customer:{customer.id}")
    return erasure


def of_account(account: Account, now: datetime) -> Erasure:
    """Begin to erase an account of ours, as Meta asks when the business removes the app; its token is gone at once."""
    connections.disconnect(account, now)
    named = [[account.id, platform_id] for platform_id in sorted(account.platform_ids)]
    erasure = _begin(ErasureKind.ACCOUNT, None, now, account_id=account.id, named=named)
    audit.record(None, "account.erased", str(account.id), now, code=erasure.code)
    account.ig_user_id, account.app_scoped_id = f"erased:{account.id}", None
    account.username, account.name, account.picture_url = f"erased-{account.id}", None, None
    return erasure


def asked_by_meta(user_id: str, now: datetime) -> Erasure:
    """Honour Meta's data-deletion callback: it names an account of ours, or a customer; a receipt comes in any case."""
    account = connections.named([user_id])
    if account is not None:
        return of_account(account, now)
    identity = db.session().scalar(sa.select(Identity).where(Identity.igsid == user_id).limit(1))
    if identity is not None:
        return of_customer(identity.customer, None, now)
    return _of_events(user_id, now)


def find(code: str) -> Erasure | None:
    """Return an erasure by its confirmation code."""
    return db.session().scalar(sa.select(Erasure).where(Erasure.code == code))


def latest(limit: int = PAGE_SIZE) -> Sequence[Erasure]:
    """Return the newest erasures."""
    return db.session().scalars(sa.select(Erasure).order_by(Erasure.id.desc()).limit(limit)).all()


def is_running(customer: Customer) -> bool:
    """Whether a customer is being erased; whoever asks holds the customer's lock."""
    return _running_of(customer) is not None


def running() -> Sequence[int]:
    """Return the erasures that are not done."""
    return db.session().scalars(sa.select(Erasure.id).where(Erasure.state == ErasureState.RUNNING)).all()


def prefetch(named: Iterable[tuple[int, str]]) -> None:
    """Look up at once which of many (account id, Instagram-scoped id) were erased, and when."""
    marks = {
        (account_id, mark): (account_id, igsid)
        for account_id, igsid in named
        for mark in marking.marks(f"{account_id}:{igsid}")
    }
    for key in marks.values():
        memory.remember("erased", key, None)
    wanted = sa.select(ErasedIdentity).where(ErasedIdentity.igsid_hash.in_([mark for _, mark in marks]))
    for row in db.session().scalars(wanted.order_by(ErasedIdentity.erased_at)) if marks else ():
        memory.remember("erased", marks[row.account_id, row.igsid_hash], row.erased_at)


def is_erased(account_id: int, igsid: str, at: datetime, *, is_ours: bool = False) -> bool:
    """Whether this is from before somebody was erased, and must not come back; what they write later may.

    What is ours may have been under way to them.
    """
    if memory.recall("erased", (account_id, igsid)) is memory.MISSING:
        prefetch([(account_id, igsid)])
    erased_at = memory.recall("erased", (account_id, igsid))
    late = utc.seconds(UNDER_WAY_SECONDS if is_ours else 0)
    return isinstance(erased_at, datetime) and at <= erased_at + late


def _of_events(igsid: str, now: datetime) -> Erasure:
    """Begin to erase somebody whom the ledger alone knows: switched off, or kept long enough in the timeline."""
    told = sa.select(Event.platform_account_id).where(Event.igsid == igsid)
    is_theirs = sa.or_(Account.ig_user_id.in_(told), Account.app_scoped_id.in_(told))
    accounts = db.session().scalars(sa.select(Account).where(is_theirs)).all()
    ours = {platform_id for account in accounts for platform_id in account.platform_ids}
    gone = Counter[str]()
    while batch := wiping.events(sa.and_(Event.igsid == igsid, Event.platform_account_id.not_in(ours)), now):
        gone += batch
    for account in accounts:
        _remember(account.id, igsid, now)
    named = [[account.id, igsid] for account in accounts]
    erasure = _begin(ErasureKind.CUSTOMER, None, now, named=named, gone=gone)
    if not named and not gone:
        erasure.state, erasure.ended_at, erasure.sealed = ErasureState.NOTHING, now, None
    return erasure


def _locked(customer: Customer) -> Customer:
    """Lock the customer that is left: who was merged away while this waited goes with the one that was kept."""
    while True:
        customer = customers.survivor(customer)
        locked = sa.select(Customer).where(Customer.id == customer.id).with_for_update()
        db.session().scalars(locked.execution_options(populate_existing=True)).one()
        if customer.merged_into_id is None:
            return customer


def _begin(
    kind: ErasureKind,
    by: User | None,
    now: datetime,
    *,
    named: list[Any],
    gone: Counter[str] | None = None,
    **about: Any,
) -> Erasure:
    erasure = Erasure(
        code=secrets.token_urlsafe(CODE_BYTES), kind=kind, asked_by=by, asked_at=now, next_try_at=now,
        counts=dict(gone or {}), sealed=vault().seal(json.dumps(named)), state=ErasureState.RUNNING, **about,
    )  # fmt: skip
    db.session().add(erasure)
    db.session().flush()
    later("erase", erasure.id)
    return erasure


def _running_of(customer: Customer) -> Erasure | None:
    wanted = sa.select(Erasure).where(Erasure.customer_id == customer.id, Erasure.state == ErasureState.RUNNING)
    return db.session().scalar(wanted)


def _forget_identities(identities: Sequence[Identity], now: datetime) -> list[Any]:
    """Nobody is found by these any more: who writes again is a new customer, who was before does not come back."""
    named = []
    for identity in identities:
        named.append([identity.account_id, identity.igsid])
        _remember(identity.account_id, identity.igsid, now)
        identity.igsid = f"erased:{identity.id}"
        identity.follows_us = identity.we_follow = identity.window_opened_at = identity.profile_wanted_at = None
    _discard_sends([identity.id for identity in identities])
    db.session().flush()
    return named


def _remember(account_id: int, igsid: str, now: datetime) -> None:
    """Keep a mark, by which what is from before is told without anybody being named."""
    mark = marking.new_mark(f"{account_id}:{igsid}", now)
    found = db.session().get(ErasedIdentity, (account_id, mark))
    found = found or ErasedIdentity(account_id=account_id, igsid_hash=mark)
    found.erased_at = now
    db.session().add(found)


def _discard_sends(identity_ids: Collection[int]) -> None:
    """What is not on its way yet stays here."""
    unsent = (SendState.QUEUED, SendState.WAITING, SendState.CHECKING)
    waiting = sa.update(Send).where(Send.identity_id.in_(identity_ids), Send.state.in_(unsent))
    db.change(waiting.values(state=SendState.DISCARDED, next_try_at=None))


_NAMELESS: dict[str, Any] = {
    "name": None, "username": None, "username_at": None, "picture_url": None, "is_verified": None,
    "follower_count": None, "profile_at": None,
}  # fmt: skip
