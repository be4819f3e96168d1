"""The commands: what they print, what they change, how they end."""

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy.orm import Session

from igapp import db, demo, utc
from igapp.desk import users
from igapp.models import (
    Account,
    AuditEntry,
    Conversation,
    Customer,
    Event,
    Identity,
    Inbox,
    InboxMember,
    Item,
    Role,
    Status,
    User,
)
from launching.processes import ROOT
from launching.product import machine_environment, procfile
from tests.infra.databases import Databases
from tests.infra.stage import Sandbox
from tests.instagram import wire
from tests.instagram.stage import TOKEN, drain


@pytest.fixture(autouse=True)
def looking() -> Iterator[None]:
    with db.reading():
        yield


@pytest.fixture
def run(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


def members(session: Session, user: User) -> list[str]:
    wanted = sa.select(Inbox.name).join(InboxMember, InboxMember.inbox_id == Inbox.id)
    return list(session.scalars(wanted.where(InboxMember.user_id == user.id).order_by(Inbox.name)))


BO = ["users", "create", "--email", "Bo@example.com", "--name", "Bo Larsen", "--role", "manager"]


def test_a_user_can_sign_in_at_once(run: FlaskCliRunner, db_session: Session) -> None:
    result = run.invoke(args=[*BO, "--password", "correct horse"])
    assert (result.exit_code, result.output) == (0, "bo@example.com can sign in.\n")
    user = users.authenticate("bo@example.com", "correct horse", utc.now())
    assert user is not None
    assert (user.role, members(db_session, user)) == (Role.MANAGER, ["Support"])
    entry = db_session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.subject, entry.user_id) == ("user.created", "bo@example.com", None)


def test_a_password_may_come_from_standard_input(run: FlaskCliRunner, db_session: Session) -> None:
    assert run.invoke(args=BO, input="from a pipe\n").exit_code == 0
    assert users.authenticate("bo@example.com", "from a pipe", utc.now()) is not None


def test_a_user_may_belong_to_one_inbox_alone(run: FlaskCliRunner, db_session: Session) -> None:
    db_session.add(Inbox(name="Press"))
    db_session.commit()
    assert run.invoke(args=[*BO, "--password", "pw", "--inbox", "Press"]).exit_code == 0
    user = users.find("bo@example.com")
    assert user is not None
    assert members(db_session, user) == ["Press"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--inbox", "Nowhere"], "There is no inbox “Nowhere”."),
        (["--email", "nonsense"], "An email address is needed"),
        (["--name", " "], "A name is needed."),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(
    run: FlaskCliRunner, db_session: Session, more: list[str], sentence: str
) -> None:
    result = run.invoke(args=[*BO, "--password", "pw", *more])
    assert result.exit_code == 1
    assert sentence in result.output
    assert "Traceback" not in result.output


def test_a_database_without_its_tables_is_told_in_a_line(make_app: Any, databases: Databases) -> None:
    run = make_app(DATABASE_URL=databases.empty()).test_cli_runner()
    result = run.invoke(args=[*BO, "--password", "pw"])
    assert result.exit_code == 1
    assert result.output.startswith("Error: The database is at none, must be at ")
    assert result.output.endswith("run `flask --app app db upgrade`\n")


def test_a_database_that_cannot_be_reached_is_told_in_a_line(make_app: Any) -> None:
    run = make_app(DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing").test_cli_runner()
    result = run.invoke(args=["ledger", "status"])
    assert result.exit_code == 1
    assert result.output.startswith("Error: The database of DATABASE_URL cannot be used. See that it runs. It says: ")
    assert result.output.count("\n") == 1


def test_a_connect_that_fails_says_that_nothing_was_connected(run: FlaskCliRunner, sandbox: Sandbox) -> None:
    sandbox.post("/_sandbox/faults", {"server_errors": {"rate": 1, "status": 503}})
    result = run.invoke(args=["accounts", "connect", "--token", TOKEN])
    assert result.exit_code == 1
    assert "Nothing was connected; try again in a moment." in result.output


def test_an_account_is_connected_by_its_token(run: FlaskCliRunner, sandbox: Sandbox, db_session: Session) -> None:
    result = run.invoke(args=["accounts", "connect", "--token", TOKEN])
    assert (result.exit_code, result.stdout.strip()) == (0, f"{wire.ACCOUNT} our.brand")
    assert db_session.scalars(sa.select(Account)).one().username == "our.brand"


def test_a_token_that_is_none_is_refused_in_words(run: FlaskCliRunner, sandbox: Sandbox) -> None:
    result = run.invoke(args=["accounts", "connect", "--token", "nonsense"])
    assert (result.exit_code, result.output) == (1, "Error: Instagram does not accept this token.\n")


def test_the_ledgers_status_is_for_people_and_for_programs(run: FlaskCliRunner, client: FlaskClient) -> None:
    wire.send(client, b"no json")
    lines = run.invoke(args=["ledger", "status"]).stdout.splitlines()
    assert lines[:2] == ["received: 1", "pending: 0"]
    assert "sends sent: 0" in lines
    status = json.loads(run.invoke(args=["ledger", "status", "--json"]).stdout)
    assert (status["received"], status["failed"], status["sends"]["sent"]) == (1, 1, 0)


def test_replaying_takes_failed_events_all_or_by_their_ids(
    run: FlaskCliRunner, client: FlaskClient, db_session: Session
) -> None:
    wire.send(client, b"no json")
    wire.send(client, b"none either")
    first = db_session.scalars(sa.select(sa.func.min(Event.id))).one()
    db_session.rollback()
    assert run.invoke(args=["ledger", "replay", str(first)]).output == "1 to be applied again.\n"
    assert run.invoke(args=["ledger", "replay"]).stdout == "1 to be applied again.\n"
    assert run.invoke(args=["ledger", "replay"]).stdout == "Nothing to apply again.\n"


@pytest.mark.parametrize("number", ["abc", "-1", "9" * 24])
def test_what_no_event_can_be_called_is_refused_in_one_line(run: FlaskCliRunner, number: str) -> None:
    result = run.invoke(args=["ledger", "replay", "--", number])
    assert (result.exit_code, result.stderr.splitlines()[-1].startswith("Error: Invalid value")) == (2, True)


def test_ignored_events_are_replayed_when_asked_for(
    run: FlaskCliRunner, client: FlaskClient, sandbox: Sandbox, db_session: Session
) -> None:
    wire.send(client, wire.body(wire.text("before we were connected")))
    drain()
    run.invoke(args=["accounts", "connect", "--token", TOKEN])
    assert run.invoke(args=["ledger", "replay", "--ignored"]).stdout == "1 to be applied again.\n"
    drain()
    assert db_session.scalars(sa.select(Item.text).where(Item.is_inbound)).all() == ["before we were connected"]


def test_the_clock_does_one_duty_or_all(run: FlaskCliRunner) -> None:
    assert run.invoke(args=["clock", "--once", "offers"]).exit_code == 0
    assert run.invoke(args=["clock", "--once"]).exit_code == 0
    result = run.invoke(args=["clock", "--once", "nonsense"])
    assert result.exit_code == 1
    assert "There is no duty 'nonsense'" in result.output


class TestDemo:
    """The demo data."""

    @pytest.fixture(autouse=True)
    def loaded(self, run: FlaskCliRunner, sandbox: Sandbox, db_session: Session) -> str:
        result = run.invoke(args=["demo", "load"])
        assert result.exit_code == 0, result.output
        db_session.rollback()
        self.printed = result.stdout
        return result.stdout

    def test_it_prints_who_signs_in_and_each_of_them_can(self) -> None:
        emails = [line.split()[1] for line in self.printed.splitlines()[1:]]
        assert len(emails) == 5
        roles = [users.authenticate(email, demo.PASSWORD, utc.now()) for email in emails]
        assert [user.role.value for user in roles if user] == ["agent", "agent", "agent", "manager", "admin"]

    def test_it_loads_once_and_prints_each_time(self, run: FlaskCliRunner, db_session: Session) -> None:
        before = db_session.scalar(sa.select(sa.func.count()).select_from(Item))
        db_session.rollback()
        assert run.invoke(args=["demo", "load"]).stdout == self.printed
        assert db_session.scalar(sa.select(sa.func.count()).select_from(Item)) == before

    def test_it_has_two_accounts_and_a_dozen_customers_with_months_behind_them(self, db_session: Session) -> None:
        assert db_session.scalar(sa.select(sa.func.count()).select_from(Account)) == 2
        assert (db_session.scalar(sa.select(sa.func.count()).select_from(Customer)) or 0) >= 12
        oldest = db_session.scalars(sa.select(sa.func.min(Item.at))).one()
        assert oldest < utc.now() - timedelta(days=90)

    def test_it_has_work_in_every_state(self, db_session: Session) -> None:
        assert set(db_session.scalars(sa.select(Conversation.status))) == set(Status)
        overdue = sa.select(Conversation).where(Conversation.due_at < utc.now(), Conversation.needs_attention)
        assert db_session.scalars(overdue).all()

    def test_it_has_customers_whom_both_accounts_know(self, db_session: Session) -> None:
        both = sa.select(Identity.customer_id).group_by(Identity.customer_id).having(sa.func.count() > 1)
        assert db_session.scalars(both).all()


class TestWithoutSettings:
    """A setting that is missing or malformed."""

    def ended(self, command: list[str], tmp_path: Path, **changed: str) -> subprocess.CompletedProcess[str]:
        settings = {
            "DATABASE_URL": f"sqlite:///{tmp_path / 'x.sqlite'}",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "SECRET_KEY": "k" * 32,
            "PUBLIC_URL": "http://localhost:1",
            "INSTAGRAM_APP_ID": "1",
            "INSTAGRAM_APP_SECRET": "s",
            "INSTAGRAM_VERIFY_TOKEN": "v",
        }
        environment = machine_environment() | settings | changed
        environment = {name: value for name, value in environment.items() if value}
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30, check=False
        )

    @pytest.mark.parametrize("process", ["release", "web", "worker", "clock"])
    def test_stops_every_process_with_one_line(self, process: str, tmp_path: Path) -> None:
        ended = self.ended(procfile()[process], tmp_path, SECRET_KEY="short", PORT=str(20000 + os.getpid() % 20000))
        assert (ended.returncode, ended.stdout) == (1, "")
        (line,) = ended.stderr.strip().splitlines()
        assert line.startswith("SECRET_KEY is malformed: it must be at least 32 characters")

    def test_stops_every_command_with_one_line(self, tmp_path: Path) -> None:
        for command in (["ledger", "status"], ["demo", "load"], ["clock", "--once"]):
            ended = self.ended(["flask", "--app", "app", *command], tmp_path, DATABASE_URL="")
            assert ended.returncode == 1
            (line,) = ended.stderr.strip().splitlines()
            assert line.startswith("DATABASE_URL is missing")

    def test_workers_are_counted_in_words_that_can_be_read(self, tmp_path: Path) -> None:
        ended = self.ended(["flask", "--app", "app", "worker"], tmp_path, WORKERS="ingest=many")
        assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
        assert ended.stderr.startswith("WORKERS is malformed")

    @pytest.mark.parametrize("port", ["many", "0", "99999999"])
    def test_a_port_that_is_none_stops_the_web_process_with_one_line(self, port: str, tmp_path: Path) -> None:
        ended = self.ended(procfile()["web"], tmp_path, PORT=port)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr.strip() == "PORT is malformed: it must be a number from 1 to 65535."


def test_the_story_tells_of_the_sandboxs_people(tmp_path: Path) -> None:
    story: dict[str, Any] = json.loads(demo.STORY.read_text("utf-8"))
    cast = {person["key"] for person in json.loads(demo.CAST.read_text("utf-8"))["people"]}
    assert {customer["person"] for customer in story["customers"]} <= cast
