"""What Meta's errors mean: told apart by code and subcode alone."""

import json
from typing import Any

import pytest

from igapp.instagram import errors, tokens, usage


def meaning(status: int, code: int, subcode: int | None = None, **more: Any) -> errors.CallFailed:
    error = {"message": "irgendetwas", "type": "IGApiException", "code": code, **more}
    if subcode is not None:
        error["error_subcode"] = subcode
    found = errors.of_answer(status, {"error": error})
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("status", "code", "subcode", "kind"),
    [
        (400, 190, None, errors.TokenRefused),
        (401, 190, 463, errors.TokenRefused),
        (400, 190, 458, errors.TokenRefused),
        (400, 190, 459, errors.TokenRefused),
        (400, 190, 460, errors.TokenRefused),
        (400, 190, 464, errors.TokenRefused),
        (400, 190, 467, errors.TokenRefused),
        (400, 102, None, errors.TokenRefused),
        (403, 10, 2534022, errors.WindowClosed),
        (400, 10, 2018278, errors.WindowClosed),
        (400, 10, 2018108, errors.NotReceiving),
        (400, 10, 2018300, errors.ControlledElsewhere),
        (400, 10, 1893063, errors.Throttled),
        (403, 10, None, errors.PermissionMissing),
        (400, 3, None, errors.PermissionMissing),
        (400, 200, None, errors.PermissionMissing),
        (400, 299, None, errors.PermissionMissing),
        (400, 200, 2534066, errors.PersonUnavailable),
        (400, 200, 1545041, errors.PersonUnavailable),
        (400, 200, 2018028, errors.PersonUnavailable),
        (400, 200, 2534041, errors.PersonUnavailable),
        (400, 551, 1545041, errors.PersonUnavailable),
        (400, 100, 2534014, errors.PersonUnavailable),
        (400, 100, 2534025, errors.PrivateReplyRefused),
        (400, 100, 2534013, errors.PrivateReplyRefused),
        (400, 100, 2534029, errors.PrivateReplyRefused),
        (400, 100, 2018001, errors.PersonUnavailable),
        (400, 100, 2534001, errors.ThreadGone),
        (400, 100, 2018047, errors.UploadFailed),
        (400, 100, 33, errors.Gone),
        (400, 100, None, errors.AppBlocked),
        (400, 100, 12345, errors.Refused),
        (403, 230, None, errors.ConsentMissing),
        (400, 368, None, errors.PolicyBlocked),
        (400, 2, 1545133, errors.Transient),
        (400, 613, 1996, errors.Throttled),
        (500, 2, 2534068, errors.FeatureMissing),
        (400, 2500, None, errors.Refused),
        (400, 987654, None, errors.Refused),
    ],
)
def test_each_code_is_a_class_of_its_own(
    status: int, code: int, subcode: int | None, kind: type[errors.CallFailed]
) -> None:
    assert type(meaning(status, code, subcode)) is kind


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80002, 80006])
def test_too_many_calls_are_tried_again_later(code: int) -> None:
    found = meaning(400, code)
    assert isinstance(found, errors.Throttled)
    assert not found.permanent


def test_a_429_without_a_body_is_throttling_too() -> None:
    assert isinstance(errors.of_answer(429, {}), errors.Throttled)


@pytest.mark.parametrize("code", [1, 2])
def test_codes_1_and_2_with_a_5xx_leave_the_outcome_unknown(code: int) -> None:
    assert meaning(503, code).is_unknown
    assert not meaning(400, code).is_unknown
    assert not meaning(400, code).permanent


def test_an_error_that_calls_itself_transient_is_tried_again() -> None:
    assert not meaning(400, 987654, is_transient=True).permanent
    assert not meaning(400, 987654, is_transient="true").permanent


@pytest.mark.parametrize("status", [200, 302, 400, 404, 500, 502])
def test_an_answer_that_cannot_be_read_leaves_the_outcome_unknown(status: int) -> None:
    found = errors.of_answer(status, {})
    assert found is not None
    assert found.is_unknown


def test_a_5xx_with_an_error_object_of_another_code_is_a_refusal() -> None:
    assert meaning(500, 10, 2534022).permanent


def test_a_success_is_no_error() -> None:
    assert errors.of_answer(200, {"message_id": "m"}) is None
    assert errors.of_answer(200, {"success": True}) is None
    assert errors.of_answer(200, {"success": "true"}) is None


def test_an_answer_that_says_it_was_no_success_is_a_refusal() -> None:
    found = errors.of_answer(200, {"success": False})
    assert isinstance(found, errors.NotDone)
    assert found.permanent


def test_people_read_a_sentence_and_the_log_the_code() -> None:
    found = meaning(403, 10, 2534022)
    assert (found.code, "code" in found.sentence, found.sentence.endswith(".")) == ("10/2534022", False, True)
    assert "987654" in meaning(400, 987654).sentence


def test_the_fullest_allowance_counts() -> None:
    headers = {
        "X-App-Usage": '{"call_count":28,"total_time":25,"total_cputime":5}',
        "X-Business-Use-Case-Usage": '{"1":[{"type":"instagram","call_count":95,"estimated_time_to_regain_access":7}]}',
    }
    assert usage.of_headers(headers) == usage.Usage(95, 7)


@pytest.mark.parametrize(("told", "believed"), [(10**17, usage.LONGEST_MINUTES), (-5, 0), ("7", 7)])
def test_a_rest_of_ages_is_not_believed(told: object, believed: int) -> None:
    header = json.dumps({"1": [{"call_count": 100, "estimated_time_to_regain_access": told}]})
    assert usage.of_headers({"X-Business-Use-Case-Usage": header}) == usage.Usage(100, believed)


@pytest.mark.parametrize(("told", "believed"), [(10**17, tokens.LONGEST_SECONDS), (5_184_000, 5_184_000), (None, None)])
def test_a_token_of_ages_is_not_believed(told: object, believed: int | None) -> None:
    assert tokens.lives({"expires_in": told}) == believed


@pytest.mark.parametrize("header", ["", "{}", "nonsense", "[]", "null", '{"1":"x"}', '{"1":[7]}'])
def test_usage_headers_may_be_missing_or_nonsense(header: str) -> None:
    found = usage.of_headers({"X-App-Usage": header, "X-Business-Use-Case-Usage": header})
    assert found in (None, usage.Usage(0, 0))


KINDS = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.CallFailed)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_kind_has_a_sentence_for_people(kind: type[errors.CallFailed]) -> None:
    sentence = kind("100/1").sentence
    others = {one("100/1").sentence for one in KINDS if one is not kind}
    assert sentence.endswith(".")
    assert sentence not in others
    assert kind is errors.Refused or not any(letter.isdigit() for letter in sentence)


def test_an_error_that_nobody_knows_names_its_code() -> None:
    assert "987654/3" in meaning(400, 987654, 3).sentence
