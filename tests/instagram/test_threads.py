"""Reading threads back, from a platform that says no more than its documentation (META 8)."""

import responses

from igapp.instagram import graph, threads

BRIEF = {"data": [{"id": "t_1", "updated_time": "2026-03-01T10:00:02+0000"}]}
INSIDE = {
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
