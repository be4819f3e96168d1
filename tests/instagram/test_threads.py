"""Reading threads back, from a platform that says no more than its documentation (META 8)."""

from typing import Any

import responses

from igapp.instagram import graph, nodes, threads

BRIEF = {"data": [{"id": "t_1", "updated_time": "2026-03-01T10:00:02+0000"}]}
INSIDE: dict[str, Any] = {
    "id": "t_1",
    "messages": {
        "data": [
            {"id": "m2", "created_time": "2026-03-01T10:00:02+0000", "from": {"id": "1"}, "message": "Yes"},
            {"id": "m1", "created_time": "2026-03-01T10:00:01+0000", "from": {"id": "2"}, "message": "Is it?"},
        ]
    },
}


@responses.activate
def test_a_thread_listed_without_its_messages_is_read_by_its_id(db_session: object) -> None:
    client = graph.client()
    responses.get(client.address("me/conversations"), json=BRIEF)
    responses.get(client.address("t_1"), json=INSIDE)
    found = threads.with_person(client, "token", "2")
    assert [(one.message.mid, one.message.text) for one in found] == [("m1", "Is it?"), ("m2", "Yes")]


@responses.activate
def test_a_message_that_its_thread_only_names_is_read_by_its_id(db_session: object) -> None:
    client = graph.client()
    named = {"messages": {"data": [{"id": "m1", "created_time": "2026-03-01T10:00:01+0000"}]}}
    responses.get(client.address("t_1"), json=named)
    responses.get(client.address("m1"), json=INSIDE["messages"]["data"][1])
    (brief,) = threads.of_thread(client, "token", "t_1")
    found = threads.in_full(client, "token", brief)
    assert (brief.from_id, found.from_id, found.message.text) == (None, "2", "Is it?")


@responses.activate
def test_a_message_of_which_meta_gives_no_details_stays_as_it_was_named(db_session: object) -> None:
    client = graph.client()
    responses.get(client.address("m1"), json={"error": {"code": 100, "message": "deleted"}}, status=400)
    brief = nodes.message({"id": "m1", "created_time": "2026-03-01T10:00:01+0000"})
    assert threads.in_full(client, "token", brief) == brief
