"""The rooms of administration: managers' pages, settings, people, oneself."""

from igapp.web import entering, inboxes, me, privacy, reports
from igapp.web.settings import audit, hours, ledger, people, prepared, topics
from igapp.web.settings import inboxes as inbox_settings

ROOMS = (entering, inboxes, me, privacy, reports, audit, hours, inbox_settings, ledger, people, prepared, topics)
"""Modules with a blueprint each."""
