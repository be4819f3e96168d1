"""Profiles: read after every inbound, never in the message's way."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from igapp import clock, db, utc
from igapp.instagram import profiles
from igapp.models import AccountState, Identity
from tests.instagram import wire
from tests.instagram.stage import Stage


def fetch(identity: Identity) -> Identity:
    number = identity.id
    db.session().rollback()
    profiles.fetch(number, utc.now())
    return db.session().get_one(Identity, number, populate_existing=True)


def test_a_profile_is_read_and_shown(stage: Stage) -> None:
    stage.writes(person="michelle")
    identity = fetch(stage.identity(wire.ANA))
    customer = identity.customer
    assert (customer.name, customer.username, customer.is_verified) == ("Michelle Okafor", "michelle.okafor", True)
    assert (customer.follower_count, identity.follows_us, identity.we_follow) == (128400, True, True)
    assert customer.picture_url is not None


def test_g_v3_a_name_is_never_invented(stage: Stage) -> None:
    stage.writes(person="priya")
    identity = stage.identity("910000000000003")
    assert identity.customer.display_name == "Instagram user"
    assert fetch(identity).customer.display_name == "@priya.makes"


@pytest.mark.parametrize(
    ("fault", "says_why"),
    [
        ({"profile_refused": True}, True),
        ({"refuse_with": {"code": 100, "subcode": 33, "only": ["profile"]}}, True),
        ({"refuse_with": {"code": 9010, "subcode": None, "only": ["profile"]}}, True),
        ({"server_errors": {"rate": 1, "status": 500, "only": ["profile"]}}, False),
    ],
)
def test_g_l4_a_profile_that_cannot_be_read_leaves_message_and_customer(
    stage: Stage, fault: dict[str, Any], says_why: bool
) -> None:
    stage.fault(**fault)
    stage.writes("Hello")
    identity = fetch(stage.identity())
    assert identity.customer.display_name == "Instagram user"
    assert (identity.profile_problem is not None) == says_why


def test_what_meta_refuses_leaves_the_last_known_values(stage: Stage) -> None:
    stage.writes()
    fetch(stage.identity())
    stage.fault(profile_refused=True)
    identity = fetch(stage.identity())
    assert (identity.customer.name, bool(identity.profile_at)) == ("Lena Fischer", True)


def test_a_refused_token_is_noticed_while_reading_a_profile(stage: Stage) -> None:
    stage.writes()
    stage.fault(expired_token=True)
    fetch(stage.identity())
    assert stage.account.state == AccountState.REFUSED


def test_a_rate_limit_while_reading_lets_the_account_rest(stage: Stage) -> None:
    stage.writes()
    stage.fault(rate_limit={"minutes": 3})
    fetch(stage.identity())
    assert stage.account.throttled_until is not None
    db.session().rollback()
    fetch(stage.identity())
    assert len(stage.calls("profile")) == 1


def test_a_read_that_got_lost_is_asked_for_again(stage: Stage) -> None:
    stage.writes()
    identity = stage.identity()
    asked = utc.now() - timedelta(seconds=profiles.OVERDUE_SECONDS + 1)
    db.change(sa.update(Identity).values(profile_wanted_at=asked))
    db.commit()
    assert profiles.overdue(utc.now()) == [identity.id]
    fetch(identity)
    assert profiles.overdue(utc.now()) == []
    db.session().rollback()
    assert clock.once(["profiles"])
