"""How people come in, change and leave."""

from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from igapp import db, utc
from igapp.desk import entry_links, people, two_factor, users
from igapp.desk.refusal import Refused
from igapp.models import AuditEntry, EntryLink, Role, TwoFactor, User
from tests.factories import make_inbox, make_user, support

NOW = utc.now()
PASSWORD = "a long enough password"


def invited(by: User) -> tuple[User, str]:
    return people.invite("Cy@Our.Brand", "Cy Adeyemi", Role.AGENT, [support().id], by, NOW)


def actions() -> list[str]:
    return list(db.session().scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


def recorded() -> list[tuple[str, int | None, dict[str, Any]]]:
    """What the audit log has of each action: its name, who did it, the details."""
    found = db.session().scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
    return [(entry.action, entry.user_id, entry.details) for entry in found]


def test_an_invited_person_chooses_a_password_and_signs_in(db_session: Session) -> None:
    ada = make_user("Ada", Role.ADMIN)
    cy, token = invited(ada)
    people.enter_by_link(token, PASSWORD, NOW)
    assert users.authenticate("cy@our.brand", PASSWORD, NOW) is cy
    assert people.inboxes_of([cy.id])[cy.id] == [support()]
    assert actions() == ["user.invited", "user.password_chosen"]


def test_an_invited_person_cannot_sign_in_before(db_session: Session) -> None:
    invited(make_user("Ada", Role.ADMIN))
    assert users.authenticate("cy@our.brand", "", NOW) is None


def test_a_link_works_once(db_session: Session) -> None:
    _, token = invited(make_user("Ada", Role.ADMIN))
    people.enter_by_link(token, PASSWORD, NOW)
    with pytest.raises(Refused, match="not valid any more"):
        people.enter_by_link(token, "another long password", NOW)


def test_a_link_is_valid_for_a_day(db_session: Session) -> None:
    _, token = invited(make_user("Ada", Role.ADMIN))
    assert entry_links.find(token, NOW + utc.hours(23.9)) is not None
    assert entry_links.find(token, NOW + utc.hours(24)) is None


def test_a_new_link_ends_the_former(db_session: Session) -> None:
    ada = make_user("Ada", Role.ADMIN)
    cy, former = invited(ada)
    newer = people.make_link(cy, ada, NOW)
    assert entry_links.find(former, NOW) is None
    assert entry_links.find(newer, NOW) is not None


def test_the_token_of_a_link_is_not_stored(db_session: Session) -> None:
    _, token = invited(make_user("Ada", Role.ADMIN))
    stored = db.session().scalars(sa.select(EntryLink.token_hash)).one()
    assert token not in stored


def test_a_reset_signs_out_everywhere(db_session: Session) -> None:
    ada, bo = make_user("Ada", Role.ADMIN), make_user("Bo")
    users.set_password(bo, PASSWORD)
    epoch = bo.sign_in_epoch
    people.enter_by_link(people.make_link(bo, ada, NOW), "a new long password", NOW)
    assert bo.sign_in_epoch > epoch
    assert users.authenticate(bo.email, PASSWORD, NOW) is None


def test_a_short_password_leaves_the_link_valid(db_session: Session) -> None:
    _, token = invited(make_user("Ada", Role.ADMIN))
    with pytest.raises(Refused, match="at least 8"):
        people.enter_by_link(token, "short", NOW)
    assert entry_links.find(token, NOW) is not None


@pytest.mark.parametrize("length", [7, 1025])
def test_a_password_of_another_length_is_refused_with_both_limits(db_session: Session, length: int) -> None:
    with pytest.raises(Refused, match="at least 8 and at most 1,024 characters"):
        users.set_password(make_user("Bo"), "x" * length)


def test_a_deactivated_person_is_let_in_no_more(db_session: Session) -> None:
    ada, bo = make_user("Ada", Role.ADMIN), make_user("Bo")
    users.set_password(bo, PASSWORD)
    token = people.make_link(bo, ada, NOW)
    people.deactivate(bo, ada, NOW)
    assert users.authenticate(bo.email, PASSWORD, NOW) is None
    assert entry_links.find(token, NOW) is None
    assert not bo.may_act_as(Role.AGENT)


def test_a_reactivated_person_is_let_in_again(db_session: Session) -> None:
    ada, bo = make_user("Ada", Role.ADMIN), make_user("Bo")
    users.set_password(bo, PASSWORD)
    people.deactivate(bo, ada, NOW)
    people.reactivate(bo, ada, NOW)
    assert users.authenticate(bo.email, PASSWORD, NOW) is bo


def test_nobody_deactivates_themselves(db_session: Session) -> None:
    ada, _ = make_user("Ada", Role.ADMIN), make_user("Eve", Role.ADMIN)
    with pytest.raises(Refused, match="yourself"):
        people.deactivate(ada, ada, NOW)


def test_the_last_administrator_stays_one(db_session: Session) -> None:
    ada = make_user("Ada", Role.ADMIN)
    with pytest.raises(Refused, match="last administrator"):
        people.change(ada, "Ada", Role.AGENT, [], ada, NOW)
    make_user("Eve", Role.ADMIN)
    people.change(ada, "Ada", Role.AGENT, [], ada, NOW)
    assert ada.role == Role.AGENT


def test_someone_moves_between_inboxes(db_session: Session) -> None:
    ada, bo, care = make_user("Ada", Role.ADMIN), make_user("Bo"), make_inbox("Care")
    people.change(bo, "Bo Lindqvist", Role.MANAGER, [care.id], ada, NOW)
    db.commit()
    assert people.inboxes_of([bo.id])[bo.id] == [care]
    assert (bo.name, bo.role) == ("Bo Lindqvist", Role.MANAGER)
    assert actions() == ["user.role_changed", "user.renamed", "user.inboxes_changed"]


def test_ones_own_password_is_changed_with_the_current_one(db_session: Session) -> None:
    bo = make_user("Bo")
    users.set_password(bo, PASSWORD)
    with pytest.raises(Refused, match="current password"):
        people.change_password(bo, "not it", "a new long password", NOW)
    people.change_password(bo, PASSWORD, "a new long password", NOW)
    assert users.authenticate(bo.email, "a new long password", NOW) is bo


def test_a_time_zone_is_one_of_the_list(db_session: Session) -> None:
    bo = make_user("Bo")
    with pytest.raises(Refused, match="time zone"):
        people.change_profile(bo, "Bo", "Mars/Olympus", NOW)
    people.change_profile(bo, "Bo", "Europe/Lisbon", NOW)
    assert bo.time_zone == "Europe/Lisbon"


def test_ones_own_time_zone_is_in_the_audit_log(db_session: Session) -> None:
    bo = make_user("Bo")
    for _ in range(2):
        people.change_profile(bo, "Bo", "Europe/Lisbon", NOW)
    assert recorded() == [("user.time_zone_changed", bo.id, {"before": "UTC", "after": "Europe/Lisbon"})]


def test_who_is_made_by_the_command_line_is_in_the_audit_log(db_session: Session) -> None:
    users.create("Bo@Our.Brand", "Bo", Role.MANAGER, PASSWORD, NOW)
    assert recorded() == [("user.created", None, {"role": "manager"})]


def test_the_inboxes_that_were_found_are_in_the_audit_log_by_name(db_session: Session) -> None:
    ada, bo, care = make_user("Ada", Role.ADMIN), make_user("Bo"), make_inbox("Care")
    people.change(bo, "Bo", Role.AGENT, [support().id, care.id, 99_999], ada, NOW)
    people.change(bo, "Bo", Role.AGENT, [support().id, care.id, 99_999], ada, NOW)
    people.change(bo, "Bo", Role.AGENT, [care.id], ada, NOW)
    assert [details for _, _, details in recorded()] == [
        {"before": ["Support"], "after": ["Care", "Support"]},
        {"before": ["Care", "Support"], "after": ["Care"]},
    ]


def code_of(address: str, at: float = 0) -> str:
    otp = pyotp.parse_uri(address)
    assert isinstance(otp, pyotp.TOTP)
    return otp.at(NOW + utc.seconds(at))


def with_two_factor(name: str = "Bo") -> tuple[User, str, list[str]]:
    user = make_user(name)
    address = two_factor.begin(user)
    return user, address, two_factor.confirm(user, code_of(address), NOW)


def test_two_factor_is_asked_for_once_confirmed(db_session: Session) -> None:
    bo = make_user("Bo")
    address = two_factor.begin(bo)
    assert not two_factor.is_on(bo)
    with pytest.raises(Refused):
        two_factor.confirm(bo, "000000" if code_of(address) != "000000" else "000001", NOW)
    two_factor.confirm(bo, code_of(address), NOW)
    assert two_factor.is_on(bo)


def test_a_code_works_once(db_session: Session) -> None:
    bo, address, _ = with_two_factor()
    later = NOW + utc.seconds(60)
    assert not two_factor.accepts(bo, code_of(address), NOW)
    assert two_factor.accepts(bo, code_of(address, 60), later)
    assert not two_factor.accepts(bo, code_of(address, 60), later)


def test_an_old_code_does_not_work(db_session: Session) -> None:
    bo, address, _ = with_two_factor()
    assert not two_factor.accepts(bo, code_of(address, 60), NOW + utc.seconds(180))


def test_a_recovery_code_works_once_however_it_is_typed(db_session: Session) -> None:
    bo, _, codes = with_two_factor()
    assert len(codes) == 10
    assert two_factor.accepts(bo, f" {codes[0].lower().replace('-', ' ')} ", NOW)
    assert not two_factor.accepts(bo, codes[0], NOW)
    assert two_factor.recovery_codes_left(bo) == 9


def test_new_recovery_codes_replace_the_old(db_session: Session) -> None:
    bo, address, old = with_two_factor()
    new = two_factor.renew_recovery_codes(bo, code_of(address, 60), NOW + utc.seconds(60))
    assert not two_factor.accepts(bo, old[0], NOW)
    assert two_factor.accepts(bo, new[0], NOW)


def test_two_factor_is_turned_off_with_a_code(db_session: Session) -> None:
    bo, _, codes = with_two_factor()
    with pytest.raises(Refused):
        two_factor.turn_off(bo, "123", NOW)
    two_factor.turn_off(bo, codes[0], NOW)
    assert not two_factor.is_on(bo)


def test_an_administrator_resets_a_lost_second_factor(db_session: Session) -> None:
    bo, _, codes = with_two_factor()
    two_factor.reset(bo, make_user("Ada", Role.ADMIN), NOW)
    assert not two_factor.is_on(bo)
    assert not two_factor.accepts(bo, codes[0], NOW)


def test_the_secret_of_a_second_factor_is_sealed(db_session: Session) -> None:
    _, address, _ = with_two_factor()
    stored = db.session().scalars(sa.select(TwoFactor.secret_sealed)).one()
    secret = pyotp.parse_uri(address).secret
    assert secret not in stored
