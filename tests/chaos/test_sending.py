"""Answers through an Instagram that fails, loses answers, throttles and is slow: none is there twice.

A thousand of them are a benchmark (`trouble`).
"""

import pytest

from tests.infra.stage import Stage
from tests.infra.trouble import answer_through_trouble

pytestmark = pytest.mark.chaos

CUSTOMERS, EACH = 40, 5
SECONDS = 150
"""In which everything has an end."""


def test_g_s3_answers_through_trouble_are_at_instagram_once_or_visibly_not(product: Stage) -> None:
    outcome = answer_through_trouble(product, CUSTOMERS, EACH, SECONDS)
    assert len(outcome.states) == CUSTOMERS * EACH
    assert outcome.twice == []
    assert outcome.untrue == []
    assert outcome.sent >= len(outcome.states) * 0.96
