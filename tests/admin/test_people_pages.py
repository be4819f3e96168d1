"""Users, entry links, codes and one's own profile, as people meet them."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import entry_links, people, presence, two_factor, users
from igapp.models import EntryLink, LinkPurpose, Offer, OfferState, Role, User
from igapp.web import entering
from tests.factories import make_account, make_agent, make_identity, make_inbox, make_user, route_all, support, write
from tests.web.conftest import Door

Enter = Callable[..., Door]

PASSWORD = "a long enough password"


@pytest.fixture
def ada(db_session: object) -> User:
    return users.create("ada@our.brand", "Ada Novak", Role.ADMIN, PASSWORD, utc.now())


@pytest.fixture
def bo(db_session: object) -> User:
    return users.create("bo@our.brand", "Bo Lindqvist", Role.AGENT, PASSWORD, utc.now())


def link_on(page: str) -> str:
    found = re.search(r'value="http://localhost:\d+(/enter/[^"]+)"', page)
    assert found
    return found[1]


def test_an_invitation_leads_from_the_page_to_the_desk(enter: Enter, ada: User) -> None:
    door = enter(ada)
    door.post("/settings/users", email="cy@our.brand", name="Cy Adeyemi", role="agent", inboxes=[support().id])
    link = link_on(door.get("/settings/users").text)
    guest = enter()
    assert "Welcome, Cy" in guest.get(link).text
    assert guest.post(link, password=PASSWORD, again=PASSWORD).location == "/"
    assert "My Customers" in guest.get("/").text


def test_an_invitation_is_shown_once(enter: Enter, ada: User) -> None:
    door = enter(ada)
    door.post("/settings/users", email="cy@our.brand", name="Cy Adeyemi", role="agent")
    assert "/enter/" in door.get("/settings/users").text
    assert "/enter/" not in door.get("/settings/users").text


def test_a_taken_email_is_said_and_nothing_typed_is_lost(enter: Enter, ada: User) -> None:
    answer = enter(ada).post("/settings/users", email="ada@our.brand", name="Someone", role="manager")
    assert answer.status_code == 422
    assert "There is a user with this email address already." in answer.text
    assert 'value="Someone"' in answer.text


def test_a_link_that_is_over_says_so(enter: Enter, db_session: object) -> None:
    answer = enter().get("/enter/nothing-like-it")
    assert answer.status_code == 410
    assert "This link is over" in answer.text


def test_two_different_passwords_leave_the_link_as_it_is(enter: Enter, ada: User, bo: User) -> None:
    token = people.make_link(bo, ada, utc.now())
    answer = enter().post(f"/enter/{token}", password=PASSWORD, again="something else")
    assert answer.status_code == 422
    assert entry_links.find(token, utc.now()) is not None


def test_looking_at_a_link_does_not_use_it_up(enter: Enter, ada: User, bo: User) -> None:
    token = people.make_link(bo, ada, utc.now())
    enter().get(f"/enter/{token}")
    assert entry_links.find(token, utc.now()) is not None


def test_deactivating_asks_first(enter: Enter, ada: User, bo: User) -> None:
    door = enter(ada)
    asked = door.post(f"/settings/users/{bo.id}/deactivation")
    assert "Deactivate Bo Lindqvist?" in asked.text
    assert users.load(bo.id).is_active  # type: ignore[union-attr]
    door.post(f"/settings/users/{bo.id}/deactivation", is_sure="1")
    db.session().expire_all()
    assert not users.load(bo.id).is_active  # type: ignore[union-attr]


def test_a_deactivated_person_is_out_at_once(enter: Enter, ada: User, bo: User) -> None:
    his = enter(bo)
    assert his.get("/").status_code == 200
    enter(ada).post(f"/settings/users/{bo.id}/deactivation", is_sure="1")
    assert his.get("/").location == "/login"


def test_roles_and_inboxes_are_saved(enter: Enter, ada: User, bo: User) -> None:
    care = make_inbox("Care")
    enter(ada).post(f"/settings/users/{bo.id}", name="Bo Lind", role="manager", inboxes=[care.id])
    db.session().expire_all()
    assert (bo.name, bo.role) == ("Bo Lind", Role.MANAGER)
    assert people.inboxes_of([bo.id])[bo.id] == [care]


def test_saving_a_user_keeps_the_inboxes_that_others_gave_them_meanwhile(enter: Enter, ada: User, bo: User) -> None:
    care, press = make_inbox("Care"), make_inbox("Press")
    door, path = enter(ada), f"/settings/users/{bo.id}"
    shown = re.findall(r'name="shown" value="(\d*)"', door.get(path).text)
    door.post(path, name="Bo", role="agent", inboxes=[support().id, care.id])
    door.post(path, name="Bo", role="agent", inboxes=[press.id], shown=shown)
    db.session().expire_all()
    assert people.inboxes_of([bo.id])[bo.id] == [care, press]


def test_the_last_administrator_is_told_so(enter: Enter, ada: User) -> None:
    answer = enter(ada).post(f"/settings/users/{ada.id}", name="Ada Novak", role="agent")
    assert answer.status_code == 422
    assert "This is the last administrator." in answer.text


def test_a_role_that_is_none_is_no_role(enter: Enter, ada: User, bo: User) -> None:
    assert enter(ada).post(f"/settings/users/{bo.id}", name="Bo", role="owner").status_code == 400


def test_a_reset_replaces_the_password(enter: Enter, ada: User, bo: User) -> None:
    door = enter(ada)
    door.post(f"/settings/users/{bo.id}/link")
    link = link_on(door.get("/settings/users").text)
    enter().post(link, password="quite another password", again="quite another password")
    assert db.session().scalars(sa.select(EntryLink.purpose)).one() == LinkPurpose.RESET
    assert enter().post("/login", email="bo@our.brand", password=PASSWORD).status_code == 422


def code_of(user: User, ahead: int = 0) -> str:
    address = two_factor.begin(user)
    two_factor.confirm(user, _now_code(address), utc.now())
    return _now_code(address, ahead)


def _now_code(address: str, ahead: int = 0) -> str:
    otp = pyotp.parse_uri(address)
    assert isinstance(otp, pyotp.TOTP)
    return otp.at(utc.now() + utc.seconds(30 * ahead))


def test_with_two_factor_the_password_alone_opens_nothing(enter: Enter, bo: User) -> None:
    code = code_of(bo, ahead=1)
    door = enter()
    assert door.post("/login", email="bo@our.brand", password=PASSWORD).location == "/login/code"
    assert door.get("/").location == "/login"
    assert door.post("/login/code", code=code).location == "/"
    assert door.get("/").status_code == 200


def test_a_wrong_code_is_said(enter: Enter, bo: User) -> None:
    code_of(bo)
    door = enter()
    door.post("/login", email="bo@our.brand", password=PASSWORD)
    answer = door.post("/login/code", code="nonsense")
    assert answer.status_code == 422
    assert two_factor.WRONG in unescape(answer.text)


def test_codes_are_not_tried_without_the_password(enter: Enter, bo: User) -> None:
    assert enter().post("/login/code", code=code_of(bo, ahead=1)).location == "/login"


def test_a_password_typed_long_before_the_code_counts_no_more(enter: Enter, bo: User) -> None:
    code = code_of(bo, ahead=1)
    door = enter()
    door.post("/login", email="bo@our.brand", password=PASSWORD)
    with door.client.session_transaction() as session:
        typed_at = utc.now() - utc.minutes(entering.HALF_WAY_MINUTES) - utc.seconds(1)
        session["half_way"] = session["half_way"] | {"at": typed_at.isoformat()}
    assert door.post("/login/code", code=code).location == "/login"
    assert door.get("/").location == "/login"


def test_a_password_that_was_changed_before_the_code_counts_no_more(enter: Enter, bo: User) -> None:
    code = code_of(bo, ahead=1)
    door = enter()
    door.post("/login", email="bo@our.brand", password=PASSWORD)
    users.set_password(bo, "quite another password")
    assert door.post("/login/code", code=code).location == "/login"


def test_many_wrong_codes_are_held_up(enter: Enter, bo: User) -> None:
    code_of(bo)
    door = enter()
    door.post("/login", email="bo@our.brand", password=PASSWORD)
    token = door.token()
    tries = [door.post("/login/code", token=token, code="000").status_code for _ in range(6)]
    assert tries == [422] * 5 + [429]


def test_two_factor_is_set_up_from_ones_profile(enter: Enter, bo: User) -> None:
    door = enter(bo)
    assert door.post("/me/two-factor").location == "/me/two-factor"
    page = door.get("/me/two-factor").text
    secret = re.search(r'class="mono">([A-Z2-7 ]+)<', page)
    assert secret
    shown = door.post("/me/two-factor/confirmation", code=pyotp.TOTP(secret[1].replace(" ", "")).now()).text
    assert len(re.findall(r"<li>[A-Z2-9]{5}-[A-Z2-9]{5}</li>", shown)) == 10
    assert two_factor.is_on(bo)


def test_ones_own_profile_is_saved(enter: Enter, bo: User) -> None:
    enter(bo).post("/me", name="Bo L.", time_zone="Europe/Lisbon")
    db.session().expire_all()
    assert (bo.name, bo.time_zone) == ("Bo L.", "Europe/Lisbon")


def test_a_changed_password_keeps_this_session_and_ends_the_others(enter: Enter, bo: User) -> None:
    here, there = enter(bo), enter(bo)
    here.post("/me/password", current=PASSWORD, password="quite another password", again="quite another password")
    assert here.get("/me").status_code == 200
    assert there.get("/me").location.startswith("/login")


def test_signing_out_everywhere_ends_every_session(enter: Enter, bo: User) -> None:
    here, there = enter(bo), enter(bo)
    assert here.post("/me/sign-out-everywhere").location == "/login"
    assert there.get("/").location == "/login"


def test_the_wrong_current_password_changes_nothing(enter: Enter, bo: User) -> None:
    answer = enter(bo).post("/me/password", current="wrong", password="x" * 9, again="x" * 9)
    assert "The current password is not right." in answer.text


def test_an_administrator_resets_a_lost_second_factor(enter: Enter, ada: User, bo: User) -> None:
    code_of(bo)
    enter(ada).post(f"/settings/users/{bo.id}/two-factor-reset", is_sure="1")
    db.session().expire_all()
    assert not two_factor.is_on(bo)


def test_managers_see_no_users_page(enter: Enter, db_session: object) -> None:
    assert enter(make_user("Mia", Role.MANAGER)).get("/settings/users").status_code == 403


def test_a_password_chosen_by_a_link_counts_before_the_code_is_typed(enter: Enter, ada: User, bo: User) -> None:
    code_of(bo)
    token = people.make_link(bo, ada, utc.now())
    db.commit()
    guest = enter()
    assert guest.post(f"/enter/{token}", password="quite another one", again="quite another one").location == (
        "/login/code"
    )
    assert guest.get("/login/code").status_code == 200
    assert guest.get(f"/enter/{token}").status_code == 410
    assert enter().post("/login", email="bo@our.brand", password=PASSWORD).status_code == 422
    assert enter().post("/login", email="bo@our.brand", password="quite another one").location == "/login/code"


@pytest.mark.parametrize("way", ["/logout", "/me/sign-out-everywhere", "link"])
def test_whoever_signs_out_is_offered_nothing_more(enter: Enter, ada: User, way: str) -> None:
    now = utc.now()
    cy = make_agent("Cy", now)
    write(make_identity(make_account()), now=now)
    db.commit()
    route_all(now)
    if way == "link":
        enter().post(
            f"/enter/{people.make_link(cy, ada, now)}", password="quite another one", again="quite another one"
        )
    else:
        enter(cy).post(way)
    db.session().expire_all()
    offer = db.session().scalars(sa.select(Offer)).one()
    assert (offer.state, offer.withdrawn_because) == (OfferState.WITHDRAWN, "You signed out.")
    assert (cy.agent.is_available, cy.agent.paused_at) == (False, None)
    assert not presence.is_connected(cy.id, utc.now())


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/me/two-factor/end", {"code": "000000"}),
        ("/me/two-factor/recovery-codes", {"code": "000000"}),
        ("/me/password", {"current": "a guess", "password": "x" * 9, "again": "x" * 9}),
    ],
)
def test_a_page_left_open_is_no_way_to_guess(enter: Enter, bo: User, path: str, form: dict[str, Any]) -> None:
    code_of(bo)
    db.commit()
    door = enter(bo)
    token = door.token()
    answers = [door.post(path, token=token, **form) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert "Too many tries. Wait a minute, then try again." in answers[-1].text


ENDLESS = pytest.param("".join(map(str, range(9000))) + "@our.brand", id="endless")


@pytest.mark.parametrize("email", ["bo", "bo@", "b o@our.brand", "bo@our brand", "a@b@c", ENDLESS])
def test_what_nobody_could_sign_in_with_is_no_email(enter: Enter, ada: User, email: str) -> None:
    answer = enter(ada).post("/settings/users", email=email, name="Bo", role="agent")
    assert answer.status_code == 422
    assert "An email address is needed, such as bo@example.com." in answer.text
