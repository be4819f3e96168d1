"""The settings pages: which there are, who may open each, and what surrounds them."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template

from igapp.models import Role
from igapp.web import frame, guards

bp = Blueprint("settings", __name__, url_prefix="/settings")


@dataclass(frozen=True)
class SettingsPage:
    """One page: its address, its heading, its group in the list, what it is for."""

    path: str
    heading: str
    group: str
    about: str
    role: Role = Role.ADMIN


PAGES = (
    SettingsPage(
        "/settings/accounts",
        "Instagram accounts",
        "Channel",
        "Connect accounts, choose what each lets in and where its requests go.",
    ),
    SettingsPage(
        "/settings/workflow",
        "Conversation workflow",
        "Channel",
        "How many customers agents get, how long an offer waits, when conversations end.",
    ),
    SettingsPage(
        "/settings/inboxes",
        "Inboxes and members",
        "Channel",
        "The queues, when their requests are due, and who receives them.",
    ),
    SettingsPage("/settings/users", "Users", "Team", "Invite people, choose what they may do, let them in no more."),
    SettingsPage("/settings/topics", "Topics", "Team", "What conversations are about: a tree to choose from."),
    SettingsPage("/settings/answers", "Answers", "Team", "Prepared replies, found with a slash.", Role.MANAGER),
    SettingsPage("/settings/business-hours", "Business hours", "Team", "When you answer, and exceptions to it."),
    SettingsPage("/settings/ledger", "Delivery ledger", "Trust", "What came from Instagram, and what became of it."),
    SettingsPage("/settings/audit", "Audit log", "Trust", "Who changed what and when, to read and to download."),
    SettingsPage("/settings/privacy", "Privacy", "Trust", "Erase or export a customer, and how long things are kept."),
)


@bp.get("/")
@guards.may(Role.MANAGER)
def show() -> str:
    """The list of the pages that one may open."""
    return page("settings/show.html")


def page(template: str, **values: Any) -> str:
    """Render a settings page inside its frame."""
    me = guards.me()
    mine = [one for one in PAGES if me.may_act_as(one.role)]
    return render_template(template, pages=mine, controls=frame.controls(me), **values)
