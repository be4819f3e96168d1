"""Finding the customer that a page is about, and the page itself, for all views under /customers."""

from typing import TYPE_CHECKING, Any

from flask import abort, redirect, render_template, request

from igapp import utc
from igapp.desk import closing, customers, merging, profiles, settings, topics
from igapp.models import Conversation, Customer
from igapp.web import clocks, filters, frame, guards, keys, timeline

if TYPE_CHECKING:
    from igapp.web.composer import Composer
    from igapp.web.contacts import Problem


def load(customer_id: int) -> Customer:
    """Return the customer; a merged one leads to the profile that was kept (everyone may read every profile)."""
    return _kept(profiles.find(customer_id))


def load_briefly(customer_id: int) -> Customer:
    """Return the same with less of the accounts, for fragments that show only what was said."""
    return _kept(profiles.find(customer_id, is_brief=True))


def _kept(customer: Customer | None) -> Customer:
    if customer is None:
        abort(404)
    if customer.merged_into_id is not None:
        kept = customers.survivor(customer)
        abort(redirect(request.full_path.replace(f"/customers/{customer.id}", f"/customers/{kept.id}", 1), code=303))
    return customer


def page(customer: Customer, composer: "Composer", conversation: Conversation | None = None) -> str:
    """Return the whole profile page; the newest conversation may be known already."""
    me, now = guards.me(), filters.now()
    before = keys.parsed(request.args.get("before"))
    conversation = conversation or profiles.newest_conversation(customer)
    return render_template(
        "customers/show.html",
        customer=customer,
        composer=composer,
        segment=timeline.older(customer, before, me.id, now),
        customers=frame.customers(me, customer.id),
        controls=frame.controls(me),
        banner=frame.banner(me, customer.id),
        **_context(customer, conversation) | _head(conversation),
    )


def head(customer: Customer) -> str:
    """Return the head of the thread: who, whose, how urgent, and the buttons that end it."""
    return render_template("customers/_head.html", customer=customer, **_head(profiles.newest_conversation(customer)))


def context(customer: Customer, problem: "Problem | None" = None) -> str:
    """Return the pane beside the thread, with the reason where a form of it was refused."""
    shown = _context(customer, profiles.newest_conversation(customer))
    return render_template("customers/_context.html", customer=customer, problem=problem, **shown)


def _context(customer: Customer, conversation: Conversation | None) -> dict[str, Any]:
    details = profiles.details(customer)
    chosen = topics.of([one.id for one in (*details.earlier, conversation) if one])
    return {
        "conversation": conversation,
        "clocks": clocks.all_of(conversation, customer.identities, filters.now()),
        "details": details,
        "earlier_topics": chosen,
        "chosen": chosen.get(conversation.id, []) if conversation else [],
        "matches": merging.suggestions(customer) if details.contacts or details.details else [],
    }


def topics_of(customer: Customer) -> dict[str, Any]:
    """Return the customer's newest conversation and its topics, for the bar that shows them."""
    conversation = profiles.newest_conversation(customer)
    chosen = topics.of([conversation.id]).get(conversation.id, []) if conversation else []
    return {"conversation": conversation, "chosen": chosen}


def _head(conversation: Conversation | None) -> dict[str, Any]:
    now = filters.now()
    undoable = closing.undoable(conversation, now) if conversation and not conversation.is_closed else None
    undo_ends = undoable.ended_at + utc.seconds(closing.UNDO_SECONDS) if undoable and undoable.ended_at else now
    return {
        "conversation": conversation,
        "due": clocks.due(conversation, now),
        "lacks_topic": _lacks_topic(conversation),
        "undo_ms": max(0, int((undo_ends - now).total_seconds() * 1000)),
    }


def _lacks_topic(conversation: Conversation | None) -> bool:
    """Whether it cannot be closed yet for want of a topic."""
    return conversation is not None and settings.workflow().needs_topic and not topics.has_any(conversation)
