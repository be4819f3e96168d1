"""The audit log: who did what and when."""

from datetime import datetime
from typing import Any

from igapp import db
from igapp.models import AuditEntry, User


def record(user: User | None, action: str, subject: str, now: datetime, **details: Any) -> None:
    """Write one entry; `user` is None for what the command line or the product itself did."""
    entry = AuditEntry(at=now, user_id=user.id if user else None, action=action, subject=subject, details=details)
    db.session().add(entry)
