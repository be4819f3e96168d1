"""The commands of the product: `flask --app app …`."""

import json
import os
import sys
from typing import Any

import click
import sqlalchemy as sa
from flask import Flask
from flask.cli import AppGroup, ScriptInfo, with_appcontext
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from igapp import clock as clock_process
from igapp import db, demo, jobs, redislink, schema, utc, worker
from igapp.config import ConfigError
from igapp.desk import ledger, users
from igapp.desk.refusal import Refused
from igapp.instagram import connect
from igapp.instagram.errors import CallFailed
from igapp.models import Inbox, Role


def register(app: Flask) -> None:
    """Add the commands to `flask --app app`."""
    for command in (users_group, accounts_group, ledger_group, demo_group, clock, work):
        app.cli.add_command(command)


class Commands(AppGroup):
    """Commands that need the database: where it cannot be used they say so in a line."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except DBAPIError:
            with ctx.ensure_object(ScriptInfo).load_app().app_context():
                trouble = _database_trouble()
            if trouble is None:
                raise
            raise click.ClickException(trouble) from None


def _database_trouble() -> str | None:
    try:
        problem = schema.problem()
    except SQLAlchemyError as error:
        said = str(error.orig if isinstance(error, DBAPIError) else error).strip().partition("\n")[0]
        return f"The database of DATABASE_URL cannot be used. See that it runs. It says: {said}"
    return problem and f"The database is {problem}"


users_group = Commands("users", help="The people who sign in.")
accounts_group = Commands("accounts", help="The company's Instagram accounts.")
ledger_group = Commands("ledger", help="What became of Instagram's events.")
demo_group = Commands("demo", help="Data to look at.")


@users_group.command("create")
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--password", help="Without it, the password is read from standard input.")
@click.option("--inbox", "inbox_names", multiple=True, help="Member of this inbox alone; may be repeated.")
def create_user(email: str, name: str, role: str, password: str | None, inbox_names: tuple[str, ...]) -> None:
    """Make a user who may sign in at once, a member of every inbox unless --inbox is given."""
    secret = password if password is not None else sys.stdin.readline().rstrip("\r\n")
    try:
        inboxes = [_inbox(wanted) for wanted in inbox_names] or None
        users.create(email, name, Role(role), secret, utc.now(), inboxes)
    except Refused as refused:
        raise click.ClickException(str(refused)) from None
    db.commit()
    click.echo(f"{email.strip().lower()} can sign in.")


@accounts_group.command("connect")
@click.option("--token", required=True, help="A long-lived access token of the account.")
def connect_account(token: str) -> None:
    """Read the account of a token, subscribe it and take it into use; prints its id and username."""
    try:
        account = connect.by_token(token, utc.now())
    except CallFailed as error:
        raise click.ClickException(connect.words(error)) from None
    if account.subscription_problem:
        click.echo(account.subscription_problem, err=True)
    click.echo(f"{account.ig_user_id} {account.username}")


@ledger_group.command("status")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def ledger_status(as_json: bool) -> None:
    """Count events by outcome and sends by state."""
    status = ledger.status()
    if as_json:
        click.echo(json.dumps(status))
        return
    for name, count in status.items():
        rows = count.items() if isinstance(count, dict) else [("", count)]
        for part, value in rows:
            click.echo(f"{name} {part}".strip() + f": {value}")


@ledger_group.command("replay")
@click.argument("ids", nargs=-1, type=click.IntRange(1, 2**63 - 1), metavar="[ID]...")
@click.option("--ignored", is_flag=True, help="Ignored events too.")
def ledger_replay(ids: tuple[int, ...], ignored: bool) -> None:
    """Apply failed events again: those given, or all."""
    count = jobs.put_back(list(ids), with_ignored=ignored)
    click.echo(f"{count} to be applied again." if count else "Nothing to apply again.")


@demo_group.command("load")
def load_demo() -> None:
    """Fill the product with people, accounts and months of history, once; prints the sign-ins."""
    for line in demo.load(utc.now()):
        click.echo(line)


@click.command("clock")
@click.option(
    "--once", "duty", is_flag=False, flag_value="all", metavar="[DUTY]", help="One pass over one duty, or all."
)
@with_appcontext
def clock(duty: str | None) -> None:
    """Look after what is due, each second, until SIGTERM."""
    if duty is None:
        os.execv(sys.executable, [sys.executable, "-m", "igapp.clock_process"])  # noqa: S606 - ourselves
    if duty != "all" and duty not in clock_process.NAMES:
        raise click.ClickException(f"There is no duty {duty!r}; there are: {', '.join(clock_process.NAMES)}.")
    went_well = clock_process.once(clock_process.NAMES) if duty == "all" else clock_process.at_once(duty)
    sys.exit(0 if went_well else 1)


@click.command("worker")
@with_appcontext
def work() -> None:
    """Do the background's work until SIGTERM; WORKERS says how many of each kind (ingest=2,media=3)."""
    try:
        wanted = worker.counts(os.environ.get("WORKERS", ""))
    except ConfigError as error:
        sys.exit(str(error))
    worker.run(wanted)
    redislink.leave()


def _inbox(name: str) -> Inbox:
    found = db.session().scalar(sa.select(Inbox).where(Inbox.name == name))
    if found is None:
        raise Refused(f"There is no inbox “{name}”.")
    return found
