"""The rules of the house, executed: routes and roles, templates, commits, the clock, sizes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RequestRedirect, Rule

from igapp import background, jobs
from igapp.db import Base, db
from igapp.models import Role
from igapp.web import guards
from igapp.web.frame import CHANNELS
from launching.processes import ROOT
from tests.factories import make_user
from tests.web.conftest import Door

CODE = sorted(path for path in (ROOT / "igapp").rglob("*.py"))
OURS = [path for path in CODE if "sandbox" not in path.parts]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))

FILE_LINES, FUNCTION_LINES, SCRIPT_LINES = 250, 25, 80
"""Sizes at which a room, a function, a behaviour has to be questioned."""
DOCSTRING_LINES = 4
"""Of a module: what the room is for, and what it does not do."""

LEFT_FOR_WHAT_STILL_SERVES = ("report_spans",)
"""Tables that only the release before uses; a release after this one may drop them."""
MAY_COMMIT = ("web", "instagram", "jobs.py", "clock.py", "cli.py", "demo")
MAY_ASK_THE_TIME = ("utc.py",)
MAY_SAY_NOW = ("web", "instagram", "jobs.py", "clock.py", "cli.py", "demo", "utc.py")


@pytest.fixture
def doors(app: Flask, db_session: object) -> dict[str, Door]:
    """Nobody, an agent, a manager and an administrator at the door."""
    people = {role.value: make_user(role.value.capitalize(), role) for role in Role}
    return {"nobody": Door(app.test_client())} | {name: Door(app.test_client(), user) for name, user in people.items()}


# Routes


def test_every_route_declares_who_may_call_it(app: Flask) -> None:
    with app.app_context():
        silent = {rule.endpoint for rule in app.url_map.iter_rules() if guards.needed_role(rule.endpoint) is None}
    assert silent <= guards.OPEN_ROUTES


def test_no_route_is_open_and_guarded(app: Flask) -> None:
    with app.app_context():
        assert not [endpoint for endpoint in guards.OPEN_ROUTES if guards.needed_role(endpoint)]


def test_nobody_who_is_not_signed_in_passes_a_guard(app: Flask, doors: dict[str, Door]) -> None:
    for method, path, rule in _guarded(app):
        answer = doors["nobody"].open(path, method)
        assert answer.status_code in (303, 401), f"{method} {rule}"
        assert answer.status_code == 401 or answer.location.startswith("/login"), f"{method} {rule}"


def test_every_route_takes_the_roles_that_it_declares_and_no_other(app: Flask, doors: dict[str, Door]) -> None:
    """Forms go without their token: whoever passes the guard is told 400, nothing is done."""
    for method, path, rule in _guarded(app):
        with app.app_context():
            needed = guards.needed_role(rule.endpoint)
        assert needed is not None
        for role in Role:
            answer = doors[role.value].open(path, method)
            is_let_in = answer.status_code not in (401, 403) and not str(answer.location).startswith("/login")
            assert is_let_in == (role.rank >= needed.rank), f"{method} {rule} for {role}: {answer.status_code}"
            assert answer.status_code < 500, f"{method} {rule} for {role}: {answer.status_code}"


def test_every_form_needs_its_token(app: Flask, doors: dict[str, Door]) -> None:
    for method, path, rule in _guarded(app):
        if method == "POST":
            assert doors["admin"].open(path, "POST").status_code == 400, str(rule)


def _guarded(app: Flask) -> Iterator[tuple[str, str, Rule]]:
    """Every guarded route with a path that fits it; signing out would end the walk."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint in guards.OPEN_ROUTES or rule.websocket:
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE", "PATCH"}):
            yield method, _filled(rule), rule


def _filled(rule: Rule) -> str:
    return re.sub(r"<(?:\w+:)?\w+>", "1", rule.rule)


# Templates


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_hold_no_script_no_style_and_nothing_marked_safe(template: Path) -> None:
    text = template.read_text()
    forbidden = {
        "inline script": r"<script(?![^>]*\bsrc=)",
        "inline style": r"<style|\sstyle\s*=",
        "event attribute": r"\son\w+\s*=",
        "hx-on": r"\bhx-on\b",
        "evaluated value": r"=\s*[\"']js:",
        "marked safe": r"\|\s*safe\b|autoescape\s+false",
        "address elsewhere": r"(?:src|href|action)=\"(?:https?:)?//",
    }
    assert [name for name, pattern in forbidden.items() if re.search(pattern, text)] == []


def test_every_address_in_a_template_leads_somewhere(app: Flask) -> None:
    adapter = app.url_map.bind("localhost")
    lost = []
    for template in TEMPLATES:
        for method, address in _addresses(template.read_text()):
            try:
                adapter.match(address, method=method)
            except RequestRedirect:
                continue
            except (HTTPException, MethodNotAllowed) as error:
                lost.append(f"{template.relative_to(ROOT)}: {method} {address}: {error.name}")
    assert lost == []


def test_every_fragment_has_one_root_with_one_id() -> None:
    for template in TEMPLATES:
        if not template.name.startswith("_") or template.parent.name in ("macros", "help", "settings"):
            continue
        tags = re.findall(r"^<(\w+)([^>]*)", template.read_text(), re.MULTILINE)
        assert len(tags) == 1, template
        assert 'id="' in tags[0][1], template


def test_every_icon_that_is_drawn_from_the_sheet_is_on_it() -> None:
    texts = "".join(template.read_text() for template in TEMPLATES)
    sheets = "".join(re.findall(r"icon_sheet\(([^)]*)\)", texts))
    assert set(re.findall(r'drawn\("([\w-]+)"', texts)) | set(CHANNELS.values()) <= set(
        re.findall(r'"([\w-]+)"', sheets)
    )


def _addresses(text: str) -> Iterator[tuple[str, str]]:
    """Methods and paths of forms, htmx attributes and our own links, with 1 for every value."""
    text = re.sub(r"\{%.*?%\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\{\{.*?\}\}|\{\w+\}", "1", text, flags=re.DOTALL)
    for name, value in re.findall(r'\s(hx-get|hx-post|formaction|href|src|action)="(/[^"]*)"', text):
        path = value.split("?")[0].split("#")[0]
        is_get_form = name == "action" and not re.search(rf'method="post"[^>]*action="{re.escape(value)}"', text)
        yield ("GET" if name in ("hx-get", "href", "src") or is_get_form else "POST"), path


# Scripts


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_small_and_say_what_they_are_for(script: Path) -> None:
    text = script.read_text()
    assert text.startswith("// ")
    assert len(text.splitlines()) < SCRIPT_LINES
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)


def test_every_script_is_loaded_or_imported() -> None:
    loading = (ROOT / "templates" / "macros" / "assets.html").read_text()
    imported = " ".join(script.read_text() for script in SCRIPTS)
    lost = [one.stem for one in SCRIPTS if f'"{one.stem}"' not in loading and f'"./{one.name}"' not in imported]
    assert lost == []


# Rooms


def test_files_and_functions_stay_small() -> None:
    alarms = []
    for path in OURS:
        text = path.read_text()
        if len(text.splitlines()) > FILE_LINES:
            alarms.append(f"{path.relative_to(ROOT)}: {len(text.splitlines())} lines")
        functions = [one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.FunctionDef)]
        long = [one for one in functions if _length(one) > FUNCTION_LINES]
        alarms += [f"{path.relative_to(ROOT)}:{one.lineno} {one.name}: {_length(one)} lines" for one in long]
    assert alarms == []


def test_every_room_says_what_it_is_for() -> None:
    for path in OURS:
        said = ast.get_docstring(ast.parse(path.read_text())) or ""
        assert said or not path.read_text().strip(), path
        assert len(said.splitlines()) <= DOCSTRING_LINES, path


def test_only_doors_jobs_clock_and_commands_commit() -> None:
    assert _calls(r"\bcommit\(\)", allowed=(*MAY_COMMIT, "db.py")) == []


def test_only_one_room_asks_for_the_time() -> None:
    asking = r"datetime\.(?:now|utcnow|today)\(|\btime\.time\(\)|date\.today\("
    assert _calls(asking, allowed=MAY_ASK_THE_TIME) == []


def test_the_desk_is_told_what_time_it_is() -> None:
    assert _calls(r"\butc\.now\(\)", allowed=MAY_SAY_NOW) == []


def test_every_job_exists_and_has_a_queue_that_is_worked_on() -> None:
    assert set(background.QUEUE_OF.values()) <= set(background.QUEUES)
    assert [name for name in background.QUEUE_OF if not callable(getattr(jobs, name, None))] == []


@pytest.mark.filterwarnings("ignore:.* expression-based index")  # SQLite's are not read back; plans are tested
def test_the_migrations_make_the_tables_that_the_models_describe(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _is_of_a_model, "compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def _is_of_a_model(_thing: object, name: str, kind: str, is_reflected: bool, _same: object) -> bool:
    """Search indexes are made by the migrations alone: each engine has its own kind; so are tables left behind."""
    is_search = "_search" in name or (kind == "index" and "search" in name)
    return not (is_reflected and (is_search or name in LEFT_FOR_WHAT_STILL_SERVES))


def _calls(pattern: str, allowed: tuple[str, ...]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in OURS
        if not set(allowed) & set(path.relative_to(ROOT / "igapp").parts)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(pattern, line) and not line.lstrip().startswith(("#", '"'))
    ]


def _length(node: ast.FunctionDef) -> int:
    """Lines of a function's body, without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
    return (body[-1].end_lineno or body[-1].lineno) - body[0].lineno + 1
