"""The rooms of administration: managers' pages, settings, people, oneself."""

from igapp.web import entering, inboxes, me, reports
from igapp.web.settings import people

ROOMS = (entering, inboxes, me, reports, people)
"""Modules with a blueprint each."""
