"""The rooms of administration: managers' pages, settings, people, oneself."""

from flask import Flask

from igapp.desk import account_health, account_settings
from igapp.web import entering, filters, inboxes, me, privacy, reports
from igapp.web.settings import audit, hours, ledger, login, people, prepared, topics
from igapp.web.settings import inboxes as inbox_settings

ROOMS = (
    *(entering, inboxes, me, privacy, reports),
    *(audit, hours, inbox_settings, ledger, login, people, prepared, topics),
)
"""Modules with a blueprint each."""


def init_app(app: Flask) -> None:
    """Let every page of an administrator say what is wrong with an account, and an empty one that there is none."""
    app.jinja_env.globals["account_alarms"] = lambda: account_health.alarms(filters.now())
    app.jinja_env.globals["has_account"] = account_settings.has_any
