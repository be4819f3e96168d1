"""Who a customer is: found by identity alone, welcomed with what is known, never matched by a name."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, lazyload

from igapp import background, bell, db, utc
from igapp.desk import conversations, memory
from igapp.models import Account, Customer, Identity

NAMELESS = "comment:"
"""How the identity begins that a comment without an author's id has: Instagram knows nobody by it."""
PROFILE_GATHER_SECONDS = 60
"""Several inbounds within this span are one profile read (SPEC 4.4)."""


@dataclass(frozen=True)
class Profile:
    """What Instagram says about a customer; None where it says nothing."""

    name: str | None = None
    username: str | None = None
    picture_url: str | None = None
    is_verified: bool | None = None
    follower_count: int | None = None
    follows_us: bool | None = None
    we_follow: bool | None = None


def prefetch(known_as: Iterable[tuple[Account, str]]) -> None:
    """Look up many identities at once with all that an arrival touches, and lock their conversations."""
    wanted = set(known_as)
    keys = {(account.id, igsid) for account, igsid in wanted}
    for key in keys:
        memory.remember("identity", key, None)
    found = _load(keys)
    for identity in found:
        memory.remember("identity", (identity.account_id, identity.igsid), identity)
    conversations.prefetch({identity.customer_id for identity in found})


def known(account: Account, igsid: str) -> Identity | None:
    """Return the identity by which the account knows someone, if it does."""
    key = (account.id, igsid)
    found: Identity | None = memory.recall("identity", key)
    if found is memory.MISSING:
        found = next(iter(_load({key})), None)
        memory.remember("identity", key, found)
    return found


def find_or_welcome(account: Account, igsid: str, now: datetime, username: str | None = None) -> Identity:
    """Return the identity, new with a new customer where there is none.

    Two workers may welcome the same person at once: the loser's flush raises IntegrityError and is tried again.
    """
    return known(account, igsid) or _welcome(account, igsid, now, username)


def learn_alias(identity: Identity, igsid: str | None) -> None:
    """Meta says by which other id somebody writes who commented: what they answer is the same customer's (META 1).

    An id that is known already stays with whose it is.
    """
    account = identity.account
    if igsid is None or igsid == identity.igsid or igsid in account.platform_ids:
        return
    same = known(account, identity.igsid)  # held: it is not merged away meanwhile
    if same is not None and known(account, igsid) is None:
        alias = Identity(account=account, igsid=igsid, customer=same.customer)
        db.session().add(alias)
        memory.remember("identity", (account.id, igsid), alias)


def want_profile(identity: Identity, now: datetime) -> None:
    """Ask for the profile to be read again after an inbound, once within a minute."""
    wanted_at = identity.profile_wanted_at
    if identity.igsid.startswith(NAMELESS):
        return
    if wanted_at is not None and now - wanted_at < utc.seconds(PROFILE_GATHER_SECONDS):
        return
    identity.profile_wanted_at = now
    db.after_commit("profiles", identity, _fetch)


def update_profile(identity: Identity, profile: Profile, now: datetime) -> None:
    """Replace what is known of the customer by what Instagram says now."""
    customer = identity.customer
    shown = _on_lists(customer)
    customer.name = profile.name or customer.name
    if profile.username:
        customer.username, customer.username_at = profile.username, now
    customer.picture_url = profile.picture_url or customer.picture_url
    for field in ("is_verified", "follower_count"):
        if getattr(profile, field) is not None:
            setattr(customer, field, getattr(profile, field))
    for field in ("follows_us", "we_follow"):
        if getattr(profile, field) is not None:
            setattr(identity, field, getattr(profile, field))
    identity.profile_at, identity.profile_problem, customer.profile_at = now, None, now
    bell.ring(f"customer:{customer.id}")
    if _on_lists(customer) != shown:
        conversations.ring_desks(customer)


def note_profile_problem(identity: Identity, sentence: str) -> None:
    """Instagram shows no profile: the last known values stay, with their date (SPEC 4.4)."""
    identity.profile_problem = sentence
    bell.ring(f"customer:{identity.customer_id}")


def survivor(customer: Customer) -> Customer:
    """Return the customer that was kept where this one was merged into another."""
    while customer.merged_into_id is not None:
        kept = db.session().get(Customer, customer.merged_into_id)
        if kept is None:
            break
        customer = kept
    return customer


def first_name(customer: Customer) -> str:
    """Return how an agent would address the customer."""
    return customer.name.split()[0] if customer.name and customer.name.split() else customer.display_name


def _on_lists(customer: Customer) -> tuple[str, str | None, bool | None]:
    """Return what banners and lists show of the customer."""
    return customer.display_name, customer.picture_url, customer.is_verified


def _fetch(identities: list[Identity]) -> None:
    """Ask for profiles once their identities, which may be new, have numbers."""
    stored = [key for identity in identities if (key := sa.inspect(identity).identity) is not None]
    background.at_once(*(("fetch_profile", key[0]) for key in stored))


def _load(keys: set[tuple[int, str]]) -> list[Identity]:
    """Load identities, and keep their customers from being merged away while this transaction runs."""
    by_account: dict[int, list[str]] = {}
    for account_id, igsid in keys:
        by_account.setdefault(account_id, []).append(igsid)
    found: list[Identity] = []
    for account_id, igsids in by_account.items():
        wanted = (
            sa.select(Identity)
            .join(Identity.customer)
            .options(contains_eager(Identity.customer), lazyload(Identity.account))
            .where(Identity.account_id == account_id, Identity.igsid.in_(igsids))
            .order_by(Identity.customer_id)
            .with_for_update(read=True, key_share=True, of=Customer)
        )
        found += db.session().scalars(wanted.execution_options(populate_existing=True))
    for identity in found:
        if identity.customer.merged_into_id is not None:
            raise db.Conflict
        memory.remember("held", identity.customer, True)
    return found


def _welcome(account: Account, igsid: str, now: datetime, username: str | None) -> Identity:
    customer = Customer(created_at=now, username=username, username_at=now if username else None)
    identity = Identity(account=account, igsid=igsid, customer=customer)
    db.session().add(identity)
    memory.remember("identity", (account.id, igsid), identity)
    memory.remember("held", customer, True)
    conversations.remember_none(customer)
    return identity
