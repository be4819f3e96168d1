"""A person who writes, mentions or comments; known by identities, never by a name."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from igapp.db import Base, partial_index
from igapp.models.account import Account

UNKNOWN_NAME = "Instagram user"
"""Shown until a name is known; a name is never invented (SPEC 4.2)."""


class Customer(Base):
    """One profile. A merged one points to the customer that was kept."""

    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    """As on the Instagram profile."""
    username: Mapped[str | None]
    """Refreshed profile data with its date; never a key (SPEC 4.3)."""
    username_at: Mapped[datetime | None]
    picture_url: Mapped[str | None]
    """At Meta, expiring after some days."""
    is_verified: Mapped[bool | None]
    follower_count: Mapped[int | None]
    profile_at: Mapped[datetime | None]
    """When the profile was last read from Instagram."""
    is_blocked: Mapped[bool] = mapped_column(default=False)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    created_at: Mapped[datetime]

    identities: Mapped[list["Identity"]] = relationship(back_populates="customer", order_by="Identity.id")

    @property
    def display_name(self) -> str:
        """The name to show: the profile's name, else @username, else "Instagram user"."""
        return self.name or (f"@{self.username}" if self.username else UNKNOWN_NAME)


class Identity(Base):
    """One customer as one account knows them: the Instagram-scoped id."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("account_id", "igsid"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    igsid: Mapped[str]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    follows_us: Mapped[bool | None]
    """The customer follows the account."""
    we_follow: Mapped[bool | None]
    """The account follows the customer."""
    profile_wanted_at: Mapped[datetime | None]
    """A profile read is asked for since then; several inbounds within 60 s are one read (SPEC 4.4)."""
    profile_at: Mapped[datetime | None]
    profile_problem: Mapped[str | None]
    window_opened_at: Mapped[datetime | None]
    """The customer's last message, which opens Meta's reply window (SPEC 6.6)."""
    answered_at: Mapped[datetime | None]
    """What the customer wrote in direct messages up to then is answered or settled (SPEC 2.3)."""
    read_at: Mapped[datetime | None]
    """The customer has seen what was sent up to then."""

    customer: Mapped[Customer] = relationship(back_populates="identities", lazy="joined", innerjoin=True)
    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)

    @property
    def its_account_id(self) -> int:
        """The account's id, also of an identity that is not written yet."""
        return self.account_id or self.account.id


class ContactKind(StrEnum):
    """How else a customer can be reached."""

    PHONE = "phone"
    EMAIL = "email"


class ContactPoint(Base):
    """A phone number or an email address of a customer."""

    __tablename__ = "contact_points"
    __table_args__ = (
        UniqueConstraint("customer_id", "kind", "matched_value"),
        Index("ix_contact_points_match", "kind", "matched_value"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    kind: Mapped[ContactKind]
    value: Mapped[str]
    """As typed."""
    matched_value: Mapped[str] = mapped_column(Text().with_variant(Text(collation="C"), "postgresql"))
    """Normalised, so that equal values are found (SPEC 4.5); ordered by its signs, so that a beginning is a range."""


class CustomerDetail(Base):
    """A label with a value, such as an order number or a volunteered username."""

    __tablename__ = "customer_details"
    __table_args__ = (
        Index("ix_customer_details_match", "label", "value"),
        partial_index(
            "ix_customer_details_username",
            text("lower(ltrim(value, '@'))"),
            where="lower(label) = 'instagram username'",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    label: Mapped[str]
    value: Mapped[str]


class MatchDismissal(Base):
    """Two customers whom someone found to be no match (SPEC 4.5); the smaller id first."""

    __tablename__ = "match_dismissals"

    first_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    second_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), primary_key=True, index=True)
    dismissed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    dismissed_at: Mapped[datetime]
