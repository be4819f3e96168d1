"""Comments: how they arrive, and how they are answered, hidden, deleted and read."""

from typing import Any

import pytest

from tests.sandbox.conftest import ACCOUNT, LENA, Box, Receiver, refusal

POST = "17918195224117851"
LIVE = "17918195224117999"
USED = (100, 2534025)


def commented(box: Box, kind: str = "comment", **details: Any) -> str:
    return str(box.do(kind, **details)["comment_id"])


def answer_privately(box: Box, comment: str) -> Any:
    return box.send(recipient={"comment_id": comment}, message={"text": "In private"})


@pytest.mark.parametrize("product_type", ["FEED", "REELS", "AD", "STORY"])
def test_a_comment_names_its_author_and_its_post(box: Box, receiver: Receiver, product_type: str) -> None:
    comment = commented(box, text="Price?", post=product_type)
    (change,) = receiver.changes
    assert change["field"] == "comments"
    assert change["value"]["id"] == comment
    assert change["value"]["text"] == "Price?"
    assert change["value"]["from"] == {"id": LENA, "username": "lena.fischer"}
    assert change["value"]["media"]["media_product_type"] == product_type
    assert ("ad_id" in change["value"]["media"]) == (product_type == "AD")


def test_an_account_lists_its_posts_with_how_often_each_was_commented_on(box: Box) -> None:
    commented(box)
    listed = box.call("GET", "/me/media?fields=id,comments_count&limit=1").json()
    (post,) = [row for row in box.call("GET", "/me/media?fields=id,comments_count").json()["data"] if row["id"] == POST]
    assert post["comments_count"] == 1
    assert len(listed["data"]) == 1
    assert "next" in listed["paging"]


def test_parts_of_a_comment_can_be_missing(box: Box, receiver: Receiver) -> None:
    commented(box, omit=["from", "media"])
    assert receiver.changes[0]["value"].keys() == {"id", "text"}


def test_a_reply_names_its_parent_and_live_comments_have_a_field_of_their_own(box: Box, receiver: Receiver) -> None:
    comment = commented(box)
    commented(box, "comment_reply", comment=comment, person="ana")
    commented(box, "live_comment")
    assert receiver.changes[1]["value"]["parent_id"] == comment
    assert receiver.changes[2]["field"] == "live_comments"
    assert receiver.changes[2]["value"]["media"]["id"] == LIVE


def test_a_public_reply_comes_back_as_a_comment_of_our_own(box: Box, receiver: Receiver) -> None:
    comment = commented(box)
    reply = box.call("POST", f"/{comment}/replies", json={"message": "890 €"}).json()
    assert reply.keys() == {"id"}
    receiver.wait(2)
    value = receiver.changes[-1]["value"]
    assert value["id"] == reply["id"]
    assert value["parent_id"] == comment
    assert value["from"]["id"] == ACCOUNT
    assert value["from"]["self_ig_scoped_id"] == "452000000000001"


def test_a_reply_to_a_reply_goes_below_the_top_level_comment(box: Box) -> None:
    comment = commented(box)
    below = commented(box, "comment_reply", comment=comment)
    reply = box.call("POST", f"/{below}/replies", json={"message": "Thanks"}).json()["id"]
    listed = box.get(f"/{comment}/replies")["data"]
    assert {one["id"] for one in listed} == {below, reply}


def test_hidden_and_live_comments_cannot_be_replied_to(box: Box) -> None:
    hidden, live = commented(box), commented(box, "live_comment")
    assert box.call("POST", f"/{hidden}?hide=true").json() == {"success": True}
    assert box.get(f"/{hidden}", fields="hidden")["hidden"] is True
    assert refusal(box.call("POST", f"/{hidden}/replies", json={"message": "hi"})) == (100, None)
    assert refusal(box.call("POST", f"/{live}/replies", json={"message": "hi"})) == (100, None)
    assert box.call("POST", f"/{hidden}?hide=false").json() == {"success": True}
    assert box.get(f"/{hidden}", fields="hidden")["hidden"] is False


def test_a_deleted_comment_is_gone_with_all_below_it(box: Box) -> None:
    comment = commented(box)
    below = commented(box, "comment_reply", comment=comment)
    assert box.call("DELETE", f"/{comment}").json() == {"success": True}
    assert refusal(box.call("GET", f"/{comment}")) == (100, 33)
    assert refusal(box.call("GET", f"/{below}")) == (100, 33)


def test_nobody_is_told_when_an_author_deletes_a_comment(box: Box, receiver: Receiver) -> None:
    comment = commented(box)
    assert commented(box, "comment_deleted") == comment
    box.control("drain")
    assert len(receiver.webhooks) == 1
    assert refusal(box.call("GET", f"/{comment}")) == (100, 33)


def test_a_comment_is_answered_privately_once(box: Box, receiver: Receiver) -> None:
    comment = commented(box)
    answer = answer_privately(box, comment).json()
    assert answer["recipient_id"] == LENA
    receiver.wait(2)
    assert receiver.items[-1]["message"]["mid"] == answer["message_id"]
    assert refusal(answer_privately(box, comment)) == USED
    assert refusal(box.write("and more")) == (10, 2534022)
    box.do("text")
    assert box.write("and more").ok


def test_a_private_reply_is_possible_for_seven_days(box: Box) -> None:
    young, old = commented(box), commented(box, ago_seconds=3600)
    box.later(hours=7 * 24 - 0.5)
    assert refusal(answer_privately(box, old)) == USED
    assert answer_privately(box, young).ok


def test_a_live_comment_is_answered_while_the_broadcast_runs(box: Box) -> None:
    first, second = commented(box, "live_comment"), commented(box, "live_comment")
    assert answer_privately(box, first).ok
    box.do("end_broadcast")
    assert refusal(answer_privately(box, second)) == USED
    assert refusal(box.call("GET", f"/{second}")) == (100, 33)


def test_a_comment_is_read_with_its_post_and_replies(box: Box) -> None:
    comment = commented(box, text="Great!")
    box.call("POST", f"/{comment}/replies", json={"message": "Thanks!"})
    fields = "id,text,timestamp,username,from,hidden,like_count,media{id,media_product_type},replies{id,text,from}"
    found = box.get(f"/{comment}", fields=fields)
    assert found["text"] == "Great!"
    assert found["timestamp"].endswith("+0000")
    assert found["from"] == {"id": LENA, "username": "lena.fischer"}
    assert found["media"] == {"id": POST, "media_product_type": "FEED"}
    assert found["replies"]["data"][0]["from"]["id"] == ACCOUNT
    assert box.get(f"/{comment}").keys() == {"id", "text", "timestamp"}


def test_a_post_is_read_with_its_picture_and_link(box: Box) -> None:
    found = box.get(f"/{POST}", fields="id,caption,media_type,media_product_type,media_url,permalink,timestamp")
    assert found["media_product_type"] == "FEED"
    assert box.session.get(found["media_url"], timeout=5).headers["Content-Type"] == "image/jpeg"


def test_comments_of_a_post_come_in_pages(box: Box) -> None:
    made = [commented(box, text=str(number)) for number in range(5)]
    first = box.get(f"/{POST}/comments", limit=3)
    assert [one["id"] for one in first["data"]] == made[:1:-1]
    rest = box.session.get(first["paging"]["next"], timeout=5).json()
    assert [one["id"] for one in rest["data"]] == made[1::-1]
    assert "next" not in rest["paging"]


def test_one_field_that_there_is_not_fails_the_whole_call(box: Box) -> None:
    comment = commented(box)
    assert refusal(box.call("GET", f"/{comment}", params={"fields": "id,mood"})) == (100, None)


def test_a_token_without_the_permission_may_not(box: Box) -> None:
    comment = commented(box)
    studio = "IGAAsandboxOurBrandStudioLongLivedToken0002"
    assert refusal(box.call("GET", f"/{comment}", token=studio)) == (100, 33)
