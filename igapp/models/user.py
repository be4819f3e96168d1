"""The people who work with the product, and each one's place in routing."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from igapp.db import Base


class Role(StrEnum):
    """What someone may do (SPEC 12.1); each role may do what the former may."""

    AGENT = "agent"
    MANAGER = "manager"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """0 for an agent, 1 for a team manager, 2 for an administrator."""
        return list(Role).index(self)


class User(Base):
    """Someone who signs in."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    """Lower case."""
    name: Mapped[str]
    role: Mapped[Role]
    password_hash: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    sign_in_epoch: Mapped[int] = mapped_column(default=0)
    """Raised to sign someone out everywhere: a session of another epoch is not theirs."""
    time_zone: Mapped[str] = mapped_column(default="UTC")
    theme: Mapped[str] = mapped_column(default="system")
    has_sounds: Mapped[bool] = mapped_column(default=True)
    has_notifications: Mapped[bool] = mapped_column(default=False)
    picture_key: Mapped[str | None]
    """Where the media store keeps their picture; initials without one."""
    created_at: Mapped[datetime]
    last_sign_in_at: Mapped[datetime | None]

    agent: Mapped["Agent"] = relationship(back_populates="user", lazy="joined", innerjoin=True)

    def may_act_as(self, role: Role) -> bool:
        """Whether the user has the rights of `role`."""
        return self.is_active and self.role.rank >= role.rank

    @property
    def first_name(self) -> str:
        """The name's first word."""
        return self.name.split()[0] if self.name.split() else self.name


class Agent(Base):
    """A user's place in routing. `load` and `is_offered` change only in the transaction that moves work."""

    __tablename__ = "agents"
    __table_args__ = (
        CheckConstraint("load >= 0", name="load_not_negative"),
        Index("ix_agents_free", "is_available", "load", "last_offered_at"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    is_available: Mapped[bool] = mapped_column(default=False)
    """The "Messaging" switch; off at every sign-in."""
    paused_at: Mapped[datetime | None]
    """Since a declined or missed offer nothing is offered, until Next (SPEC 5.6)."""
    load: Mapped[int] = mapped_column(default=0)
    """Customers: conversations held with an open session, and a pending offer (SPEC 5.2)."""
    is_offered: Mapped[bool] = mapped_column(default=False)
    last_offered_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(back_populates="agent")


class Presence(Base):
    """When an agent's pages were last heard from; a tab on the settings pages does not count (SPEC 5.1)."""

    __tablename__ = "presences"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    seen_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    """When the agent signed out; none again as soon as a page of theirs is heard from."""
