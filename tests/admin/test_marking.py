"""Who was erased is recognised, whatever key the product's secrets are sealed with."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from igapp import clock, db, utc
from igapp.desk import erasures, marking, memory
from igapp.models import ErasedIdentity, Item, Role, Setting
from igapp.vault import Vault, vault
from tests.admin.test_erasing import delivered, finished, told_everything
from tests.factories import make_account, make_user

OLD, NEW = "o" * 40, "n" * 40
NOW = utc.now()
ANA = "910000000000031"

Keys = Callable[..., None]


@pytest.fixture
def keys(app: Flask, db_session: Session, monkeypatch: pytest.MonkeyPatch) -> Keys:
    """Puts other keys into use, as a restart with another SECRET_KEY does."""

    def use(*secret_keys: str) -> None:
        db.commit()
        monkeypatch.setitem(app.extensions, "vault", Vault(secret_keys))

    return use


def test_who_was_erased_does_not_come_back_once_the_old_key_is_taken_out(keys: Keys) -> None:
    keys(OLD)
    ada, account = make_user("Ada", Role.ADMIN), make_account()
    finished(erasures.of_customer(told_everything(account, ada).customer, ada, utc.now()))
    keys(NEW, OLD)
    clock.once(["retention"])
    keys(NEW)
    delivered(account, ANA, "mid-later", "my secret", utc.now() - utc.minutes(1))
    assert db.session().scalars(sa.select(Item)).all() == []


def test_a_mark_of_before_the_key_of_our_own_is_found_while_its_key_is_given(keys: Keys) -> None:
    keys(OLD)
    account = make_account()
    text = f"{account.id}:{ANA}"
    db.session().add(ErasedIdentity(account_id=account.id, igsid_hash=vault().marks(text)[0], erased_at=NOW))
    assert marking.new_mark(text, NOW) != vault().marks(text)[0]
    keys(NEW, OLD)
    assert erasures.is_erased(account.id, ANA, NOW)
    keys(NEW)
    assert not erasures.is_erased(account.id, ANA, NOW)


def test_who_was_erased_twice_counts_from_the_last_time(keys: Keys) -> None:
    keys(OLD)
    account = make_account()
    text = f"{account.id}:{ANA}"
    for mark, at in ((marking.new_mark(text, NOW), NOW), (vault().marks(text)[0], NOW - utc.days(9))):
        db.session().add(ErasedIdentity(account_id=account.id, igsid_hash=mark, erased_at=at))
    db.commit()
    assert erasures.is_erased(account.id, ANA, NOW)


def test_of_two_that_make_the_key_at_once_one_wins(db_session: Session) -> None:
    first = marking.new_mark("Ana", NOW)
    memory.remember(marking.SETTING, None, None)
    assert marking.new_mark("Ana", NOW) == first


def test_without_the_key_that_opens_it_marks_are_those_of_the_vault(keys: Keys) -> None:
    keys(OLD)
    first = marking.new_mark("Ana", NOW)
    keys(NEW)
    assert marking.new_mark("Ana", NOW) == vault().marks("Ana")[0]
    marking.seal_again()
    keys(NEW, OLD)
    assert marking.new_mark("Ana", NOW) == first


def test_the_key_is_stored_sealed_and_tells_texts_apart(db_session: Session) -> None:
    ana, lena = (marking.new_mark(name, NOW) for name in ("Ana", "Lena"))
    assert ana != lena
    stored = db_session.get_one(Setting, marking.SETTING).value["value"]
    assert vault().open(stored) not in stored
