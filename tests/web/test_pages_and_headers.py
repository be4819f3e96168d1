"""What every answer says to browsers and monitors, and what people read when something is wrong."""

import contextvars
from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient

from igapp.models import Role
from tests.factories import make_user
from tests.web.conftest import Door

Enter = Callable[..., Door]


def test_pages_may_load_nothing_from_elsewhere_but_metas_media(client: FlaskClient) -> None:
    policy = client.get("/login").headers["Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["form-action"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert "unsafe" not in policy
    assert rules["img-src"].startswith("'self' https://*.fbsbx.com https://*.fbcdn.net https://*.cdninstagram.com")


def test_media_of_the_graphs_own_host_may_be_shown(make_app: Callable[..., Flask]) -> None:
    answer = make_app(GRAPH_BASE_URL="https://graph.example/v1").test_client().get("/login")
    assert "https://graph.example;" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/login", "/nowhere", "/healthz", "/"])
def test_every_answer_has_its_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "private, no-store"


def test_https_is_insisted_on_where_it_is_used(make_app: Callable[..., Flask], client: FlaskClient) -> None:
    answer = make_app(PUBLIC_URL="https://desk.example").test_client().get("/login")
    assert "max-age=63072000" in answer.headers["Strict-Transport-Security"]
    assert "Strict-Transport-Security" not in client.get("/login").headers


def test_static_files_are_kept_for_good_under_an_address_of_their_content(app: Flask, client: FlaskClient) -> None:
    address = client.get("/login").text.split('rel="stylesheet" href="')[1].split('"')[0]
    with client.get(address) as answer:
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_page_of_an_earlier_release_still_finds_its_files(client: FlaskClient) -> None:
    with client.get("/static/0123456789ab/css/tokens.css") as answer:
        assert answer.status_code == 200
        assert "no-cache" in answer.headers["Cache-Control"]


def test_what_is_not_there_is_said_in_words(client: FlaskClient) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_what_is_not_for_an_agent_is_said_in_words(enter: Enter, db_session: object) -> None:
    answer = enter(make_user("Bo")).get("/settings/workflow")
    assert answer.status_code == 403
    assert "This page is not for you" in answer.text


def test_a_fragment_that_is_refused_is_a_fragment(enter: Enter, db_session: object) -> None:
    answer = enter(make_user("Bo")).get("/settings/workflow", htmx=True)
    assert answer.text.startswith('<p class="notice" id="refusal" role="alert">')


def test_a_form_of_an_old_page_is_refused_with_advice(enter: Enter, db_session: object) -> None:
    answer = enter(make_user("Bo")).post("/availability", token="stale", is_on="1")
    assert answer.status_code == 400
    assert "Reload it" in answer.text


def test_a_fragment_for_nobody_leads_the_whole_page_to_the_sign_in(client: FlaskClient) -> None:
    answer = client.get("/desk/banner", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/login")


def test_whoever_was_signed_out_meanwhile_comes_back_to_the_page_they_were_on(client: FlaskClient) -> None:
    from_a_page = {"HX-Request": "true", "Referer": "http://localhost/customers/7?compose=1"}
    answer = client.post("/customers/7/replies", headers=from_a_page)
    assert answer.headers["HX-Redirect"] == "/login?next=/customers/7?compose%3D1"


def test_a_broken_view_says_so_and_shows_nothing_of_itself(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    app.testing = False
    broken = {"auth.form": lambda: str(1 / 0)}
    app.view_functions.update(broken)
    answer = app.test_client().get("/login")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    assert "ZeroDivision" not in answer.text


@pytest.mark.parametrize("path", ["/search?q=a%00b", "/login?next=%00", "/instagram/data-deletion/%00", "/enter/%00"])
def test_what_no_database_can_store_is_refused_at_the_door(enter: Enter, db_session: object, path: str) -> None:
    assert enter(make_user("Bo")).get(path).status_code == 400


def test_forms_with_what_no_database_can_store_are_refused_too(enter: Enter, db_session: object) -> None:
    assert enter().post("/login", email="a\x00b", password="x").status_code == 400


def test_a_page_of_origin_that_nobody_can_read_is_none(enter: Enter, db_session: object) -> None:
    door = enter(make_user("Bo"))
    form = {"csrf_token": door.token()}
    sent = partial(door.client.post, "/availability", data=form, headers={"Referer": "http://["}, buffered=True)
    answer = contextvars.Context().run(sent)
    assert (answer.status_code, answer.location) == (303, "/")


def test_forms_with_a_number_too_large_for_any_row_change_nothing(enter: Enter, db_session: object) -> None:
    door = enter(make_user("Mia", Role.MANAGER))
    assert door.post(f"/offers/{'9' * 25}/acceptance").status_code == 404
    found_nothing, cannot_be_asked = 404, 400  # Postgres looks for it, SQLite cannot
    answer = door.post("/inboxes/assignments", conversation="9" * 25, to="agent:1")
    assert answer.status_code in (found_nothing, cannot_be_asked)


def test_every_answer_names_its_request(client: FlaskClient) -> None:
    ids = {client.get("/login").headers["X-Request-Id"] for _ in range(3)}
    assert len(ids) == 3


def test_pages_come_without_mistakes_in_words_of_the_template(enter: Enter, db_session: object) -> None:
    text = enter(make_user("Bo")).get("/").text
    assert "None" not in text
    assert "Undefined" not in text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/customers/{}", 404), ("/inboxes/conversations/{}", 404), ("/users/{}/picture", 404),
        ("/settings/users/{}", 404), ("/settings/ledger/{}", 404),
        ("/settings/audit?before={}&person={}", 400), ("/settings/ledger?before={}", 400), ("/inboxes?inbox={}", 400),
        ("/reports?inbox={}", 400), ("/reports/csv?of=topic:{}", 200), ("/reports?from=0001-01-01&to=0001-01-02", 400),
        ("/settings/audit?to=9999-12-31", 400), ("/settings/ledger?words=0001-01-01 00:00", 400),
    ],
)  # fmt: skip
def test_numbers_and_days_beyond_all_that_can_be_are_no_error_of_ours(
    enter: Enter, db_session: object, path: str, status: int
) -> None:
    door = enter(make_user("Ada", Role.ADMIN))
    assert door.get(path.format(10**24, 10**24)).status_code == status
