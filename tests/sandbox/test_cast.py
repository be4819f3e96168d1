"""The cast is plain data that others may read, and more people can join it."""

import json
from collections import Counter
from pathlib import Path

from igapp import sandbox
from tests.sandbox.conftest import Box

CAST = json.loads(Path(sandbox.__file__).with_name("cast.json").read_text(encoding="utf-8"))


def test_the_cast_has_accounts_people_and_posts() -> None:
    assert CAST.keys() == {"accounts", "people", "posts"}
    assert [account["username"] for account in CAST["accounts"]] == ["our.brand", "our.brand.studio"]
    assert len(CAST["people"]) >= 12


def test_the_cast_has_its_difficult_characters() -> None:
    names = Counter(person["name"] for person in CAST["people"])
    assert names["Maria Silva"] == 2
    assert names[None] == 1
    assert any(person["is_private"] for person in CAST["people"])
    assert any(person["is_verified"] for person in CAST["people"])


def test_everybody_has_an_identity_of_their_own_at_each_account() -> None:
    igsids = [one["igsid"] for person in CAST["people"] for one in person["identities"].values()]
    assert len(igsids) == len(set(igsids)) == 2 * len(CAST["people"])


def test_a_new_person_can_write_at_once(box: Box) -> None:
    (made,) = box.control("people", {"username": "new.one", "name": "New One", "followers": 3})
    box.do("text", person="new.one", text="Hello")
    igsid = made["identities"]["our.brand"]["igsid"]
    assert box.get(f"/{igsid}", fields="name,follower_count")["follower_count"] == 3


def test_hundreds_of_people_can_join_at_once(box: Box) -> None:
    made = box.control("people", [{"username": f"crowd.{number}"} for number in range(300)])
    assert len({one["identities"]["our.brand"]["igsid"] for one in made}) == 300


def test_facts_about_a_person_can_change_and_the_rest_stays(box: Box) -> None:
    (lena,) = box.control("people", {"key": "lena", "username": "lena.new"})
    assert lena["username"] == "lena.new"
    assert lena["name"] == "Lena Fischer"
    assert lena["identities"]["our.brand"]["igsid"] == "910000000000001"
    assert lena["identities"]["our.brand"]["follows_us"] is True


def test_the_state_tells_what_a_product_needs_to_connect(box: Box) -> None:
    state = box.look("state")
    assert state["accounts"][0]["token"].startswith("IGAA")
    assert state["accounts"][0]["user_id"].startswith("17841")
    assert state["clock"]["offset_seconds"] == 0
    assert state["pending"] == 0


def test_accounts_can_start_unsubscribed(box: Box) -> None:
    state = box.control("reset", {"subscribed": False})
    assert all(not account["subscribed_fields"] for account in state["accounts"])


def test_times_can_lie_in_the_past(box: Box) -> None:
    box.do("text", text="now")
    box.do("text", text="before", ago_seconds=600)
    assert [message["text"] for message in box.thread()] == ["before", "now"]
