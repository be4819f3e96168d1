"""The green banner: who sees it, what it says, taking it and sending it on."""

from collections.abc import Callable
from datetime import datetime

import pytest

from igapp import db, utc
from igapp.desk import conversations, notes, offers, settings
from igapp.models import Agent, Identity, Offer, OfferState, User
from tests.factories import conversation_of, make_account, make_agent, make_identity, make_user, route_all, write
from tests.web.conftest import Door

Enter = Callable[..., Door]


@pytest.fixture
def now(db_session: object) -> datetime:
    return utc.now()


@pytest.fixture
def bo(now: datetime) -> User:
    return make_agent("Bo", now)


@pytest.fixture
def ana(now: datetime) -> Identity:
    return make_identity(make_account(), "Ana")


@pytest.fixture
def offer(bo: User, ana: Identity, now: datetime) -> Offer:
    """Ana wrote; Bo is asked."""
    write(ana, "Where is <b>my</b> parcel?", now=now)
    route_all(now)
    found = offers.pending_for(bo.id, now)
    assert found is not None
    return found


@pytest.mark.parametrize("page", ["/", "/help", "/search?q=x"])
def test_the_banner_is_on_every_page(enter: Enter, bo: User, offer: Offer, page: str) -> None:
    text = enter(bo).get(page).text
    assert 'aria-label="Incoming request"' in text
    assert "<strong>Ana</strong> · direct message to @our.brand" in text
    assert "Where is &lt;b&gt;my&lt;/b&gt; parcel?" in text


def test_what_a_colleague_wrote_last_is_not_said_by_the_customer(
    enter: Enter, bo: User, offer: Offer, ana: Identity, now: datetime
) -> None:
    notes.write(ana.customer, make_user("Mia"), "Call the carrier first", "key", now)
    assert '<p class="banner__preview" dir="auto">Mia: Call the carrier first</p>' in enter(bo).get("/").text


def test_a_list_without_customers_points_to_the_request(enter: Enter, bo: User, offer: Offer) -> None:
    text = enter(bo).get("/desk/customers", htmx=True).text
    assert "1 of 3" in text
    assert "You have 0 of 3" not in text
    assert "A request waits at the top of the page" in text


def test_there_is_no_banner_on_the_settings_pages(enter: Enter, now: datetime, ana: Identity) -> None:
    ada = make_agent("Ada", now)
    ada.role = ada.role.ADMIN
    write(ana, now=now)
    route_all(now)
    text = enter(ada).get("/settings/workflow").text
    assert "Incoming request" not in text
    assert 'data-presence="settings"' in text


def test_nobody_else_sees_it(enter: Enter, offer: Offer) -> None:
    assert "Incoming request" not in enter(make_user("Cy")).get("/desk/banner").text


def test_it_says_what_remains_by_the_servers_clock(enter: Enter, bo: User, offer: Offer) -> None:
    offer.offered_at, offer.expires_at = utc.now() - utc.seconds(20), utc.now() + utc.seconds(10)
    text = enter(bo).get("/desk/banner").text
    remaining = int(text.split('data-countdown="')[1].split('"')[0])
    assert 9_000 < remaining <= 10_000
    assert 'data-whole="30000"' in text


def test_accepting_opens_the_profile_with_the_cursor_in_the_composer(enter: Enter, bo: User, offer: Offer) -> None:
    door = enter(bo)
    answer = door.post(f"/offers/{offer.id}/acceptance")
    assert answer.status_code == 303
    assert answer.location == f"/customers/{offer.conversation.customer_id}?compose=1"
    assert "autofocus>" in door.get(answer.location).text
    assert offer.conversation.agent_id == bo.id


def test_a_browser_with_scripts_is_led_there_too(enter: Enter, bo: User, offer: Offer) -> None:
    answer = enter(bo).post(f"/offers/{offer.id}/acceptance", htmx=True)
    assert answer.headers["HX-Redirect"] == f"/customers/{offer.conversation.customer_id}?compose=1"


def test_a_late_accept_is_told_in_the_banner(enter: Enter, bo: User, offer: Offer) -> None:
    offer.expires_at = utc.now() - utc.seconds(1)
    answer = enter(bo).post(f"/offers/{offer.id}/acceptance", htmx=True)
    assert answer.status_code == 422
    assert "This request was routed to another agent." in answer.text
    assert offer.conversation.agent_id is None


def test_a_late_accept_without_scripts_is_told_on_the_next_page(enter: Enter, bo: User, offer: Offer) -> None:
    offer.expires_at = utc.now() - utc.seconds(1)
    door = enter(bo)
    answer = door.post(f"/offers/{offer.id}/acceptance")
    assert "This request was routed to another agent." in door.get(answer.location).text


def test_a_second_accept_of_the_same_tab_changes_nothing(enter: Enter, bo: User, offer: Offer) -> None:
    door = enter(bo)
    door.post(f"/offers/{offer.id}/acceptance")
    door.post(f"/offers/{offer.id}/acceptance")
    assert offer.conversation.agent_id == bo.id
    agent = db.session().get(Agent, bo.id)
    assert agent is not None
    assert agent.load == 1


def test_declining_takes_the_banner_away_and_pauses(enter: Enter, bo: User, offer: Offer) -> None:
    door = enter(bo)
    answer = door.post(f"/offers/{offer.id}/refusal", htmx=True)
    assert "Incoming request" not in answer.text
    assert offer.state == OfferState.DECLINED
    assert "Paused until Next" in door.get("/desk/controls").text


@pytest.mark.parametrize("act", ["acceptance", "refusal"])
def test_anothers_offer_does_not_exist(enter: Enter, offer: Offer, act: str) -> None:
    assert enter(make_user("Cy")).post(f"/offers/{offer.id}/{act}").status_code == 404
    assert offer.state == OfferState.OFFERED


def test_a_withdrawn_offer_says_why(enter: Enter, bo: User, offer: Offer, now: datetime) -> None:
    offers.withdraw(conversations.lock(offer.conversation), "Cy answered this customer.", now)
    assert "Cy answered this customer." in enter(bo).get("/desk/banner").text


def test_whoever_switches_messaging_off_reads_where_the_banner_went(enter: Enter, bo: User, offer: Offer) -> None:
    door = enter(bo)
    door.post("/availability", is_on="0")
    assert "You switched Messaging off." in door.get("/help").text
    door.post("/availability", is_on="1")
    assert "You switched Messaging off." not in door.get("/help").text


def test_why_a_banner_went_is_told_beside_the_next_one(enter: Enter, bo: User, offer: Offer, now: datetime) -> None:
    write(make_identity(make_account("our.shop"), "Lena"), "Me too", now=now)
    offers.withdraw(conversations.lock(offer.conversation), "Cy answered this customer.", now)
    conversations.assign(offer.conversation, make_user("Cy"), now)
    db.commit()
    route_all(utc.now())
    shown = enter(bo).get("/desk/banner").text
    assert "Incoming request from Lena" in shown
    assert "Cy answered this customer." in shown


def test_what_went_before_one_signed_in_is_not_told(enter: Enter, bo: User, offer: Offer, now: datetime) -> None:
    offers.withdraw(conversations.lock(offer.conversation), "Cy answered this customer.", now)
    bo.last_sign_in_at = utc.now()
    assert "Cy answered" not in enter(bo).get("/desk/banner").text


def test_news_of_ones_own_customer_is_a_banner_elsewhere(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    settings.change(bo, now, is_assignment_by_banner=False)
    write(ana, now=now)
    route_all(now)
    write(ana, "And another thing", now=utc.now())
    door = enter(bo)
    assert 'aria-label="New message"' in door.get("/help").text
    assert "And another thing" in door.get("/desk/banner").text
    assert "New message" not in door.get(f"/desk/banner?open={ana.customer_id}").text


def test_news_of_ones_own_customer_is_told_beside_a_request(
    enter: Enter, bo: User, offer: Offer, now: datetime
) -> None:
    lena = make_identity(make_account("our.shop"), "Lena")
    write(lena, now=now)
    conversations.assign(conversation_of(lena), bo, now)
    write(lena, "And another thing", now=utc.now())
    shown = enter(bo).get("/desk/banner").text
    assert "Incoming request from Ana" in shown
    assert "New message from Lena: And another thing" in shown


def test_dismissed_news_stay_away_and_the_dot_remains(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    settings.change(bo, now, is_assignment_by_banner=False)
    write(ana, now=now)
    route_all(now)
    door = enter(bo)
    door.post(f"/conversations/{conversation_of(ana).id}/dismissal")
    assert "New message" not in door.get("/desk/banner").text
    assert "needs attention" in door.get("/desk/customers").text


def test_nobody_dismisses_anothers_news(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    settings.change(bo, now, is_assignment_by_banner=False)
    write(ana, now=now)
    route_all(now)
    enter(make_user("Cy")).post(f"/conversations/{conversation_of(ana).id}/dismissal")
    assert "New message" in enter(bo).get("/desk/banner").text
