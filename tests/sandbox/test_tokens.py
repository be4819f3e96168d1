"""Log-in: the authorise page, codes, short and long tokens, and what ends them."""

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.sandbox.conftest import ACCOUNT, LENA, TOKEN, Box, Receiver, refusal

BASIC, MESSAGES, COMMENTS = (
    "instagram_business_basic",
    "instagram_business_manage_messages",
    "instagram_business_manage_comments",
)
BACK = "http://127.0.0.1:9/instagram/callback"
DAY = 24 * 3600


def authorise(box: Box, scopes: tuple[str, ...] = (BASIC, MESSAGES, COMMENTS), **answer: Any) -> requests.Response:
    asked = {
        "client_id": "77",
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": f"{BASIC},{MESSAGES},{COMMENTS}",
        "state": "s1",
    }
    form = {"account": ACCOUNT, "decision": "allow", "scope": scopes, **answer}
    return box.session.post(f"{box.url}/oauth/authorize", params=asked, data=form, allow_redirects=False, timeout=5)


def exchange(box: Box, code: str, **changed: str) -> requests.Response:
    form = {
        "client_id": "77",
        "client_secret": "first-secret",
        "grant_type": "authorization_code",
        "redirect_uri": BACK,
        "code": code,
    }
    return box.session.post(f"{box.url}/oauth/access_token", data={**form, **changed}, timeout=5)


def code_of(answer: requests.Response) -> str:
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def short_token(box: Box, *scopes: str) -> str:
    answer = exchange(box, code_of(authorise(box, scopes or (BASIC, MESSAGES, COMMENTS))))
    return str(answer.json()["access_token"])


def lengthen(box: Box, token: str) -> requests.Response:
    asked = {"grant_type": "ig_exchange_token", "client_secret": "second-secret", "access_token": token}
    return box.session.get(f"{box.url}/access_token", params=asked, timeout=5)


def refresh(box: Box, token: str) -> requests.Response:
    asked = {"grant_type": "ig_refresh_token", "access_token": token}
    return box.session.get(f"{box.url}/refresh_access_token", params=asked, timeout=5)


def test_allowing_leads_back_with_code_state_and_a_stray_fragment(box: Box) -> None:
    location = authorise(box).headers["Location"]
    assert location.startswith(f"{BACK}?code=")
    assert location.endswith("&state=s1#_")


def test_cancelling_leads_back_with_the_refusal(box: Box) -> None:
    asked = parse_qs(urlsplit(authorise(box, decision="cancel").headers["Location"]).query)
    assert asked["error"] == ["access_denied"]
    assert asked["error_reason"] == ["user_denied"]
    assert asked["state"] == ["s1"]


@pytest.mark.parametrize(
    "wrong",
    [{"client_id": "78"}, {"response_type": "token"}, {"redirect_uri": "/here"}, {"scope": "business_basic"}],
)
def test_a_wrong_request_gets_a_page_that_says_so(box: Box, wrong: dict[str, str]) -> None:
    asked = {"client_id": "77", "redirect_uri": BACK, "response_type": "code", "scope": BASIC, **wrong}
    answer = box.session.get(f"{box.url}/oauth/authorize", params=asked, timeout=5)
    assert answer.status_code == 400
    assert "Invalid" in answer.text


def test_a_code_works_once(box: Box) -> None:
    code = code_of(authorise(box))
    found = exchange(box, code).json()
    assert found["permissions"] == [BASIC, MESSAGES, COMMENTS]
    assert isinstance(found["user_id"], int)
    again = exchange(box, code)
    assert again.status_code == 400
    assert again.json() == {
        "error_type": "OAuthException",
        "code": 400,
        "error_message": "Matching code was not found or was already used",
    }


def test_a_code_works_for_an_hour_and_for_one_address(box: Box) -> None:
    assert exchange(box, code_of(authorise(box)), redirect_uri=f"{BACK}/").status_code == 400
    code = code_of(authorise(box))
    box.later(hours=1.1)
    assert exchange(box, code).status_code == 400


@pytest.mark.parametrize("wrong", [{"client_secret": "guess"}, {"client_id": "78"}, {"grant_type": "code"}])
def test_a_code_needs_the_apps_secret(box: Box, wrong: dict[str, str]) -> None:
    assert exchange(box, code_of(authorise(box)), **wrong).status_code == 400


def test_answers_can_come_wrapped_as_documented(box: Box) -> None:
    box.faults(wrapped_answers=True)
    (found,) = exchange(box, code_of(authorise(box))).json()["data"]
    assert found["permissions"] == f"{BASIC},{MESSAGES},{COMMENTS}"
    assert box.call("GET", "/me").json()["data"][0]["user_id"] == ACCOUNT


def test_a_short_token_becomes_a_long_one(box: Box) -> None:
    found = lengthen(box, short_token(box)).json()
    assert found["token_type"] == "bearer"
    assert found["expires_in"] == 60 * DAY
    assert box.call("GET", "/me", token=found["access_token"]).json()["user_id"] == ACCOUNT


def test_a_short_token_ends_after_an_hour(box: Box) -> None:
    token = short_token(box)
    assert box.call("GET", "/me", token=token).ok
    box.later(hours=1.1)
    assert refusal(box.call("GET", "/me", token=token)) == (190, 463)


def test_a_long_token_is_refreshed_once_it_is_a_day_old(box: Box) -> None:
    token = lengthen(box, short_token(box)).json()["access_token"]
    assert refusal(refresh(box, token)) == (100, None)
    box.later(hours=25)
    fresh = refresh(box, token).json()["access_token"]
    assert fresh != token
    assert box.call("GET", "/me", token=token).ok
    assert box.call("GET", "/me", token=fresh).ok


def test_a_token_that_was_not_refreshed_for_sixty_days_is_dead(box: Box) -> None:
    box.later(hours=61 * 24)
    assert refusal(box.call("GET", "/me")) == (190, 463)
    assert refusal(refresh(box, TOKEN)) == (190, 463)


def test_a_token_can_be_aged_and_revoked(box: Box) -> None:
    box.control("tokens", {"account": "our.brand", "age": 3600})
    assert refusal(refresh(box, TOKEN)) == (100, None)
    box.control("tokens", {"account": "our.brand", "revoked": True})
    assert refusal(box.call("GET", "/me")) == (190, 458)


@pytest.mark.parametrize("token", ["", "IGAAwrong"])
def test_a_wrong_token_is_refused(box: Box, token: str) -> None:
    answer = box.call("GET", "/me", token=token)
    assert refusal(answer) == (190, None)
    assert answer.json()["error"]["type"] == "OAuthException"


def test_unticked_scopes_are_missing_from_the_token(box: Box) -> None:
    box.do("text")
    token = short_token(box, BASIC)
    body = {"recipient": {"id": LENA}, "message": {"text": "hi"}}
    assert refusal(box.call("POST", "/me/messages", token=token, json=body)) == (10, None)
    subscribed = {"subscribed_fields": "messages"}
    assert refusal(box.call("POST", "/me/subscribed_apps", token=token, params=subscribed)) == (10, None)


def test_deauthorising_revokes_and_tells_with_a_signed_request(box: Box, receiver: Receiver) -> None:
    assert box.control("callbacks", {"kind": "deauthorize"})["status"] == 200
    assert receiver.arrived[-1].path == "/instagram/deauthorize"
    assert payload_of(receiver)["user_id"] == "6100000000000001"
    assert refusal(box.call("GET", "/me")) == (190, 458)


def test_data_deletion_can_name_a_person(box: Box, receiver: Receiver) -> None:
    box.control("callbacks", {"kind": "data-deletion", "person": "lena"})
    assert receiver.arrived[-1].path == "/instagram/data-deletion"
    assert payload_of(receiver) == {
        "algorithm": "HMAC-SHA256",
        "issued_at": payload_of(receiver)["issued_at"],
        "user_id": LENA,
    }


def payload_of(receiver: Receiver) -> Any:
    """What a signed request says, after its signature was found right."""
    (signed,) = parse_qs(receiver.arrived[-1].raw.decode())["signed_request"]
    signature, payload = signed.split(".")
    expected = hmac.new(b"first-secret", payload.encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)) == expected
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
