"""Prepared answers and teammates, picked while writing."""

from collections.abc import Callable
from datetime import datetime
from html import unescape

import pytest

from igapp import utc
from igapp.desk import notes, prepared
from igapp.models import Identity, User
from tests.factories import make_account, make_agent, make_identity, make_user, write
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
    identity = make_identity(make_account(), "Ana Silva")
    write(identity, now=now)
    return identity


def test_an_answer_comes_with_its_variables_filled_in(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    prepared.save(None, "Shipping", "Dear {{customer_first_name}}, it is on its way. {{agent_name}}", bo, now)
    door, path = enter(bo), f"/customers/{ana.customer_id}/answers"
    assert 'data-insert="Dear Ana, it is on its way. Bo"' in door.get(f"{path}?words=ship").text
    assert 'role="option"' not in door.get(f"{path}?words=refund").text


def test_a_teammate_is_found_by_the_beginning_of_any_name(enter: Enter, bo: User, ana: Identity) -> None:
    for name in ("Mia Chen", "Theo Brandt"):
        make_user(name).email = f"{name[:3]}@our.brand"
    door, path = enter(bo), f"/customers/{ana.customer_id}/mates"
    assert 'data-insert="@Mia Chen "' in door.get(f"{path}?words=che").text
    assert "Theo" not in door.get(f"{path}?words=m").text
    assert "Bo" not in door.get(f"{path}?words=").text


def test_who_was_mentioned_is_told_until_they_looked(enter: Enter, bo: User, ana: Identity, now: datetime) -> None:
    cy = make_user("Cy")
    notes.write(ana.customer, bo, "@Cy can you look?", "k1", now)
    door = enter(cy)
    text = unescape(door.get("/desk/customers").text)
    assert "Bo mentioned you" in text
    assert "@Cy can you look?" in text
    opened = door.get(f"/customers/{ana.customer_id}").text
    assert f'hx-post="/customers/{ana.customer_id}/looking"' in opened
    door.post(f"/customers/{ana.customer_id}/looking", htmx=True)
    assert "mentioned you" not in door.get("/desk/customers").text
    assert "mentioned you" not in enter(bo).get("/desk/customers").text
