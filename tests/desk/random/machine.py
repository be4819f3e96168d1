"""Anything that can happen to the desk, in any order; after each step everything must hold."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from igapp import db, utc
from igapp.desk import (
    arrivals,
    assignments,
    availability,
    blocking,
    closing,
    comments,
    customers,
    likes,
    merging,
    offers,
    people,
    replies,
    routing,
    sends,
    sessions,
    settings,
)
from igapp.desk.refusal import Refused
from igapp.models import (
    Account,
    Conversation,
    Customer,
    Identity,
    Inbox,
    Item,
    ItemKind,
    Offer,
    OfferState,
    Role,
    Send,
    SendState,
    Status,
    User,
)
from tests.desk.random import invariants
from tests.factories import make_account, make_agent, make_identity, make_inbox, make_user, support
from tests.infra.databases import Emptier

AGENTS, CUSTOMERS, GIVE_UP = 3, 5, 200
agents = st.integers(0, AGENTS - 1)
people_who_write = st.integers(0, CUSTOMERS - 1)
any_row = st.integers(0, 10_000)


class Desk(RuleBasedStateMachine):
    """Three agents, two inboxes, five customers, an administrator, and a clock that only the rules move."""

    app: Flask
    emptier: Emptier

    def __init__(self) -> None:
        super().__init__()
        self.emptier.empty()
        self.context = self.app.app_context()
        self.context.push()
        self.now = utc.now()
        self.number = 0
        self.inbound: set[str] = set()
        self.loads: dict[int, int] = {}

    def teardown(self) -> None:
        db.session().rollback()
        self.context.pop()

    @initialize()
    def open_the_doors(self) -> None:
        other = make_inbox("Returns", sla_minutes=5)
        self.boss = make_user("Ada", Role.ADMIN).id
        self.agents = [
            make_agent(name, self.now, inbox).id
            for name, inbox in (("Bo", support()), ("Cy", support()), ("Dee", other))
        ]
        accounts = [make_account("our.brand"), make_account("our.shop", other)]
        self.identities = [make_identity(accounts[n % 2], f"Customer {n}", self.now).id for n in range(CUSTOMERS)]
        db.commit()

    # --- what customers do

    @rule(who=people_who_write, late=st.sampled_from([0, 0, 0, 30, 600]))
    def a_customer_writes(self, who: int, late: int) -> None:
        self.inbound.add(mid := self.fresh("mid"))
        arrival = arrivals.Arrival(ItemKind.MESSAGE, mid, self.now - utc.seconds(late), text="Hello")
        self.do(lambda: arrivals.receive(self.identity(who), arrival, self.now))

    @rule(who=people_who_write)
    def a_customer_comments(self, who: int) -> None:
        self.inbound.add(cid := self.fresh("comment"))
        comment = arrivals.ArrivedComment(cid, self.now, "Nice", None)
        self.do(lambda: arrivals.receive_comment(self.identity(who), comment, self.now))

    @rule(which=any_row)
    def something_is_unsent(self, which: int) -> None:
        item = self.one_of(sa.select(Item).where(Item.is_inbound, Item.deleted_at.is_(None)), which)
        if item is not None and item.identity is not None and item.platform_id is not None:
            identity, mid = item.identity, item.platform_id
            self.do(lambda: arrivals.receive_unsend(identity, mid, self.now, self.now))

    @rule(who=people_who_write, late=st.sampled_from([0, 0, 30, 600]))
    def someone_writes_in_the_app(self, who: int, late: int) -> None:
        arrival = arrivals.Arrival(ItemKind.ECHO, self.fresh("echo"), self.now - utc.seconds(late), text="From the app")
        self.do(lambda: arrivals.receive_echo(self.identity(who), arrival, self.now))

    # --- what agents do

    @rule(who=agents)
    def an_agent_accepts(self, who: int) -> None:
        offer = self.newest_offer(who)
        if offer is not None:
            self.do(lambda: offers.accept(offer, self.agent(who), self.now))

    @rule(who=agents)
    def an_agent_declines(self, who: int) -> None:
        offer = self.newest_offer(who)
        if offer is not None:
            self.do(lambda: offers.decline(offer, self.agent(who), self.now))

    @rule(who=agents, is_on=st.booleans())
    def an_agent_switches_messaging(self, who: int, is_on: bool) -> None:
        self.do(lambda: availability.switch(self.agent(who), is_on, self.now))

    @rule(who=agents)
    def an_agent_signs_out(self, who: int) -> None:
        self.do(lambda: availability.signed_out(self.agent(who), self.now))

    @rule(who=agents)
    def an_agent_comes_to_work(self, who: int) -> None:
        self.do(lambda: availability.signed_in(self.agent(who), self.now))
        self.do(lambda: availability.heard_from(self.agents[who], self.now))
        self.do(lambda: availability.switch(self.agent(who), True, self.now))

    @rule(who=agents, of_conversation=st.booleans())
    def an_agent_presses_next(self, who: int, of_conversation: bool) -> None:
        press = routing.next_in_turn if of_conversation else routing.next_for
        self.do(lambda: press(self.agent(who), self.now))

    @rule(who=agents, which=any_row)
    def an_agent_closes(self, who: int, which: int) -> None:
        self.with_conversation(which, lambda one: closing.close(one, self.agent(who), self.now))

    @rule(who=agents, which=any_row)
    def an_agent_marks_no_reply_needed(self, who: int, which: int) -> None:
        self.with_conversation(which, lambda one: closing.no_reply_needed(one, self.agent(who), self.now))

    @rule(who=agents, which=any_row)
    def an_agent_undoes_it(self, who: int, which: int) -> None:
        self.with_conversation(which, lambda one: closing.undo_no_reply_needed(one, self.agent(who), self.now))

    @rule(who=agents, which=any_row)
    def an_agent_replies(self, who: int, which: int) -> None:
        customer = self.customer(which)
        self.do(lambda: replies.reply(customer, self.agent(who), "Hi", self.fresh("key"), self.now))

    @rule(who=agents, which=any_row, action=st.sampled_from(["public", "private", "hide", "delete", "like"]))
    def an_agent_acts_on_an_item(self, who: int, which: int, action: str) -> None:
        item = self.one_of(sa.select(Item).where(Item.is_inbound), which)
        if item is None:
            return
        acts: dict[str, Callable[[User], object]] = {
            "public": lambda bo: comments.reply_publicly(item, bo, "Thanks", self.fresh("key"), self.now),
            "private": lambda bo: comments.reply_privately(item, bo, "Hi", self.fresh("key"), self.now),
            "hide": lambda bo: comments.hide(item, bo, self.now),
            "delete": lambda bo: comments.delete(item, bo, self.now),
            "like": lambda bo: likes.like(item, bo, self.now),
        }
        self.do(lambda: acts[action](self.agent(who)))

    @rule(one=any_row, other=any_row)
    def profiles_are_merged(self, one: int, other: int) -> None:
        kept, gone = self.customer(one), self.customer(other)
        self.do(lambda: merging.merge(kept, gone, self.user(self.boss), self.now))

    @rule(which=any_row, is_blocked=st.booleans())
    def a_customer_is_blocked_or_not(self, which: int, is_blocked: bool) -> None:
        act = blocking.block if is_blocked else blocking.unblock
        self.do(lambda: act(self.customer(which), self.user(self.boss), self.now))

    # --- what Instagram answers

    @rule(which=any_row, end=st.sampled_from(["sent", "sent", "refused", "waiting", "lost", "echoed"]))
    def a_send_is_delivered(self, which: int, end: str) -> None:
        queued = sa.select(Send).where(Send.state.in_((SendState.QUEUED, SendState.WAITING)))
        send = self.one_of(queued, which)
        if send is None:
            return
        self.do(lambda: sends.claim(send.id, "worker", self.now))
        if send.state != SendState.SENDING:
            return
        mid = self.fresh("ours")
        ends: dict[str, Callable[[], object]] = {
            "sent": lambda: sends.record_sent(send, mid, self.now),
            "refused": lambda: sends.record_refused(send, "No.", "10", self.now),
            "waiting": lambda: sends.record_waiting(send, "Wait.", self.now + utc.seconds(5), self.now),
            "lost": lambda: sends.record_unknown(send, self.now),
            "echoed": lambda: self.echo_of(send, mid),
        }
        self.do(ends[end])

    @rule(which=any_row, end=st.sampled_from(["echo", "found", "give up", "retry", "discard"]))
    def what_is_unknown_is_settled(self, which: int, end: str) -> None:
        send = self.one_of(sa.select(Send).where(Send.state.in_((SendState.CHECKING, SendState.FAILED))), which)
        if send is None:
            return
        mid = self.fresh("ours")
        ends: dict[str, Callable[[], object]] = {
            "echo": lambda: self.echo_of(send, mid),
            "found": lambda: sends.record_sent(send, mid, self.now),
            "give up": lambda: sends.give_up_checking(send, self.now),
            "retry": lambda: sends.retry(send, self.now),
            "discard": lambda: sends.discard(send, self.now),
        }
        self.do(ends[end])

    # --- what managers and administrators do

    @rule(which=any_row, who=agents)
    def a_manager_assigns_to_an_agent(self, which: int, who: int) -> None:
        self.with_conversation(
            which, lambda one: assignments.to_agent(one, self.agent(who), self.user(self.boss), self.now)
        )

    @rule(which=any_row, inbox=any_row)
    def a_manager_assigns_to_an_inbox(self, which: int, inbox: int) -> None:
        to = self.one_of(sa.select(Inbox), inbox)
        assert to is not None
        self.with_conversation(which, lambda one: assignments.to_inbox(one, to, self.user(self.boss), self.now))

    @rule(who=agents, is_active=st.booleans())
    def a_user_is_deactivated_or_not(self, who: int, is_active: bool) -> None:
        act = people.reactivate if is_active else people.deactivate
        self.do(lambda: act(self.agent(who), self.user(self.boss), self.now))

    @rule(standard=st.integers(1, 3), room=st.integers(0, 2))
    def the_capacity_is_changed(self, standard: int, room: int) -> None:
        self.change(standard_capacity=standard, maximum_capacity=standard + room)

    @rule(delay=st.sampled_from([0, 20]), hours=st.sampled_from([0, 24]), has_banner=st.booleans())
    def the_workflow_is_changed(self, delay: int, hours: int, has_banner: bool) -> None:
        self.change(next_delay_seconds=delay, reopen_hours=hours, is_assignment_by_banner=has_banner)

    # --- time

    @rule(seconds=st.sampled_from([1, 5, 20, 60, 16 * 60, 25 * 3600]), who_stays=st.sets(agents))
    def time_passes(self, seconds: int, who_stays: set[int]) -> None:
        self.now += timedelta(seconds=seconds)
        for who in who_stays:
            self.do(partial(availability.heard_from, self.agents[who], self.now))

    @rule()
    def routing_looks_once(self) -> None:
        self.do(lambda: routing.route(self.now))

    @rule()
    def the_clock_sweeps(self) -> None:
        for offer_id in self.do(lambda: offers.expired(self.now)) or []:
            self.do(partial(offers.expire, offer_id, self.now))
        for session_id in self.do(lambda: sessions.silent(self.now)) or []:
            self.do(partial(closing.end_silent, session_id, self.now))
        for conversation_id in self.do(lambda: availability.absent(self.now)) or []:
            self.do(partial(availability.return_to_queue, conversation_id, self.now))
        self.do(lambda: routing.pauses_over(self.now))
        assert self.do(lambda: availability.absent(self.now)) == []
        self.route_all()

    def route_all(self) -> None:
        for _ in range(GIVE_UP):
            if not self.do(lambda: routing.route(self.now)):
                invariants.nobody_waits_beside_a_free_agent(self.now)
                return
        raise AssertionError("routing never ends")

    # --- what must hold

    @invariant()
    @precondition(lambda self: hasattr(self, "agents"))
    def everything_holds(self) -> None:
        invariants.hold(self.inbound)
        most, loads = settings.workflow().maximum_capacity, invariants.loads()
        for agent_id, load in loads.items():
            assert load <= max(most, self.loads.get(agent_id, 0)), "somebody was given more than the maximum"
        self.loads = loads
        db.session().rollback()

    # --- helpers

    def do(self, act: Callable[[], Any]) -> Any:
        """One transaction; what is refused changes nothing."""
        try:
            result = act()
            db.commit()
        except Refused:
            db.session().rollback()
            return None
        return result

    def change(self, **values: object) -> None:
        self.do(lambda: settings.change(self.user(self.boss), self.now, **values))

    def fresh(self, word: str) -> str:
        self.number += 1
        return f"{word}-{self.number}"

    def echo_of(self, send: Send, mid: str) -> None:
        has_picture = send.text is None
        arrival = arrivals.Arrival(ItemKind.ECHO, mid, self.now, text=send.text)
        if not has_picture:
            arrivals.receive_echo(send.identity, arrival, self.now)

    def user(self, user_id: int) -> User:
        return db.session().get_one(User, user_id)

    def agent(self, who: int) -> User:
        return self.user(self.agents[who])

    def identity(self, who: int) -> Identity:
        stored = db.session().get_one(Identity, self.identities[who])
        return customers.find_or_welcome(db.session().get_one(Account, stored.account_id), stored.igsid, self.now)

    def customer(self, which: int) -> Customer:
        found = self.one_of(sa.select(Customer).where(Customer.merged_into_id.is_(None)), which)
        assert isinstance(found, Customer)
        return found

    def newest_offer(self, who: int) -> Offer | None:
        wanted = sa.select(Offer).where(Offer.agent_id == self.agents[who], Offer.state != OfferState.ACCEPTED)
        return db.session().scalar(wanted.order_by(Offer.id.desc()).limit(1))

    def with_conversation(self, which: int, act: Callable[[Conversation], object]) -> None:
        found = self.one_of(sa.select(Conversation).where(Conversation.status != Status.CLOSED), which)
        if found is not None:
            self.do(lambda: act(found))

    def one_of(self, wanted: sa.Select[Any], which: int) -> Any:
        rows = db.session().scalars(wanted.order_by(wanted.column_descriptions[0]["entity"].id)).all()
        return rows[which % len(rows)] if rows else None
