"""What helps to write: drafts, prepared answers, notes (SPEC 6.1, 6.9, 6.12)."""

from datetime import datetime

import pytest
import sqlalchemy as sa

from igapp import db, utc
from igapp.desk import closing, drafts, notes, prepared, timeline
from igapp.models import Account, Identity, Mention, User
from tests.desk.acts import done, refused
from tests.factories import conversation_of, make_identity, make_user, write


@pytest.fixture
def ana(account: Account, bo: User, now: datetime) -> Identity:
    ana = make_identity(account, "Ana Silva")
    done(write(ana, now=now))
    return ana


def test_a_draft_is_kept_per_agent_customer_and_lane(ana: Identity, bo: User, cy: User, now: datetime) -> None:
    drafts.save(bo.id, ana.customer, "dm:1", "Dear Ana", now)
    drafts.save(bo.id, ana.customer, "comment:7", "Thanks", now)
    drafts.save(cy.id, ana.customer, "dm:1", "Hello", now)
    db.commit()
    assert drafts.of(bo.id, ana.customer) == {"dm:1": "Dear Ana", "comment:7": "Thanks"}
    assert drafts.of(cy.id, ana.customer) == {"dm:1": "Hello"}


def test_a_draft_is_replaced_and_forgotten_when_empty(ana: Identity, bo: User, now: datetime) -> None:
    drafts.save(bo.id, ana.customer, "dm:1", "Dear", now)
    drafts.save(bo.id, ana.customer, "dm:1", "Dear Ana", now)
    assert drafts.of(bo.id, ana.customer) == {"dm:1": "Dear Ana"}
    drafts.save(bo.id, ana.customer, "dm:1", "", now)
    assert drafts.of(bo.id, ana.customer) == {}


def test_a_draft_has_an_end(ana: Identity, bo: User, now: datetime) -> None:
    drafts.save(bo.id, ana.customer, "note", "x" * 20_000, now)
    assert len(drafts.of(bo.id, ana.customer)["note"]) == drafts.LIMIT


def test_answers_are_found_by_words_of_name_and_text(ada: User, now: datetime) -> None:
    prepared.save(None, "Return label", "Print it at home.", ada, now)
    shipping = done(prepared.save(None, "Shipping", "We ship on Monday.", ada, now))
    assert prepared.search("ship mon") == [shipping]
    assert len(prepared.search("")) == 2


def test_answers_are_filled_with_the_customers_first_name_and_the_agents(
    ana: Identity, bo: User, ada: User, now: datetime
) -> None:
    text = "Dear {{customer_first_name}}, I am {{ agent_name }}. {{unknown}}"
    answer = prepared.save(None, "Greeting", text, ada, now)
    assert prepared.filled(answer, ana.customer, bo) == "Dear Ana, I am Bo. {{unknown}}"


def test_a_name_in_an_answer_is_data(ana: Identity, bo: User, ada: User, now: datetime) -> None:
    ana.customer.name = "{{agent_name}}"
    answer = prepared.save(None, "Greeting", "Dear {{customer_first_name}}", ada, now)
    assert prepared.filled(answer, ana.customer, bo) == "Dear {{agent_name}}"


def test_two_answers_do_not_share_a_name(ada: User, now: datetime) -> None:
    prepared.save(None, "Greeting", "Hi", ada, now)
    db.commit()
    assert "already" in refused(lambda: prepared.save(None, " Greeting ", "Hello", ada, now))


def test_a_note_changes_neither_sla_nor_routing(ana: Identity, bo: User, mia: User, now: datetime) -> None:
    before = conversation_of(ana)
    was = (before.due_at, before.status, before.agent_id, before.needs_attention)
    done(notes.write(ana.customer, mia, "A good customer", "key", now))
    after = conversation_of(ana)
    assert (after.due_at, after.status, after.agent_id, after.needs_attention) == was


def test_a_note_is_written_once_per_key(ana: Identity, bo: User, now: datetime) -> None:
    first = done(notes.write(ana.customer, bo, "A good customer", "key", now))
    assert done(notes.write(ana.customer, bo, "A good customer", "key", now)) is first


def test_a_note_may_be_written_after_closing(ana: Identity, bo: User, now: datetime) -> None:
    done(closing.close(conversation_of(ana), bo, now))
    done(notes.write(ana.customer, bo, "For the next time", "key", now))
    assert timeline.page(ana.customer).items[-1].text == "For the next time"


def mentioned(ana: Identity, bo: User, text: str, now: datetime) -> set[str]:
    done(notes.write(ana.customer, bo, text, text, now))
    return {db.session().get_one(User, one.user_id).name for one in db.session().scalars(sa.select(Mention))}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@Cy please look", {"Cy"}),
        ("@dee martin and @CY!", {"Dee Martin", "Cy"}),
        ("@Dee has it", {"Dee Martin", "Dee Olsen"}),
        ("@Dee Olsen has it", {"Dee Olsen"}),
        ("cy@our.brand", set()),
        ("@Cyrus", set()),
        ("@Bo, remember", set()),
    ],
)
def test_teammates_are_mentioned_by_name(ana: Identity, bo: User, now: datetime, text: str, names: set[str]) -> None:
    for name in ("Cy", "Dee Martin", "Dee Olsen"):
        make_user(name)
    assert mentioned(ana, bo, text, now) == names


def test_a_mention_is_told_until_its_profile_was_looked_at(ana: Identity, bo: User, cy: User, now: datetime) -> None:
    done(notes.write(ana.customer, bo, "@Cy please look", "key", now))
    assert len(notes.unseen(cy.id)) == 1
    done(notes.looked(cy.id, ana.customer, now + utc.minutes(1)))
    assert notes.unseen(cy.id) == []
