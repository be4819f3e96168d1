"""A short day of all kinds, delivered twice while workers die: what a whole day's benchmark (`day`) does at length."""

import pytest

from tests.infra.replaying import live
from tests.infra.stage import Stage

pytestmark = pytest.mark.chaos

EVENTS, CUSTOMERS = 1_200, 60
KILL_SECONDS = 2


def test_g_l2_a_day_of_all_kinds_through_dying_workers_is_there_once_and_as_told(own_product: Stage) -> None:
    found = live(own_product, EVENTS, CUSTOMERS, KILL_SECONDS)
    assert found.killed
    assert (found.lost, found.doubled, found.wrong) == ([], 0, [])
    assert found.miscounted == {}
    assert found.changed == []
