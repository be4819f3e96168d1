"""The cast that most tests of the desk need."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from igapp import db, utc
from igapp.models import Account, Role, User
from tests.factories import make_account, make_agent, make_user


@pytest.fixture
def now() -> datetime:
    """When the test begins; only the test moves its time."""
    return utc.now()


@pytest.fixture
def account(db_session: Session, now: datetime) -> Account:
    """The company's account."""
    account = make_account()
    db.commit()
    return account


@pytest.fixture
def bo(db_session: Session, now: datetime) -> User:
    """An agent who is available."""
    bo = make_agent("Bo", now)
    db.commit()
    return bo


@pytest.fixture
def cy(db_session: Session, bo: User, now: datetime) -> User:
    """Another agent who is available; whatever is equal, Bo comes first."""
    cy = make_agent("Cy", now)
    db.commit()
    return cy


@pytest.fixture
def mia(db_session: Session) -> User:
    """A team manager, whose Messaging is off."""
    mia = make_user("Mia", Role.MANAGER)
    db.commit()
    return mia


@pytest.fixture
def ada(db_session: Session) -> User:
    """An administrator, whose Messaging is off."""
    ada = make_user("Ada", Role.ADMIN)
    db.commit()
    return ada
