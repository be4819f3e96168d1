"""What conversations are about: a tree of topics, and which of them a conversation carries."""

from datetime import datetime
from typing import Optional

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from igapp.db import Base


class Topic(Base):
    """A node of the tree; one in use is retired, not deleted (SPEC 11.4)."""

    __tablename__ = "topics"
    __table_args__ = (UniqueConstraint("parent_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("topics.id"))
    name: Mapped[str]
    retired_at: Mapped[datetime | None]

    parent: Mapped[Optional["Topic"]] = relationship(remote_side="Topic.id", lazy="joined", join_depth=4)

    @property
    def path(self) -> str:
        """The names from the root, such as "Returns › Exchange"."""
        return f"{self.parent.path} › {self.name}" if self.parent else self.name


class ConversationTopic(Base):
    """A topic that an agent gave to a conversation."""

    __tablename__ = "conversation_topics"

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id"), primary_key=True, index=True)
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    topic: Mapped[Topic] = relationship(lazy="joined", innerjoin=True)
