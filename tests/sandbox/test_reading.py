"""Reading back: the account, profiles, conversations and single messages."""

from tests.sandbox.conftest import ACCOUNT, LENA, Box, refusal

PROFILE = "name,username,profile_pic,follower_count,is_user_follow_business,is_business_follow_user,is_verified_user"


def test_the_account_has_two_ids(box: Box) -> None:
    assert box.get("/me", fields="id,user_id,username") == {
        "id": "6100000000000001",
        "user_id": ACCOUNT,
        "username": "our.brand",
    }


def test_a_profile_is_given_once_the_person_wrote(box: Box) -> None:
    box.do("comment")
    assert refusal(box.call("GET", f"/{LENA}", params={"fields": PROFILE})) == (230, None)
    box.do("text")
    found = box.get(f"/{LENA}", fields=PROFILE)
    assert found["name"] == "Lena Fischer"
    assert found["username"] == "lena.fischer"
    assert found["follower_count"] == 842
    assert found["is_user_follow_business"] is True
    assert found["is_business_follow_user"] is False
    assert found["is_verified_user"] is False
    assert found["id"] == LENA
    assert box.session.get(found["profile_pic"], timeout=5).headers["Content-Type"] == "image/jpeg"


def test_one_wrong_field_fails_the_whole_profile(box: Box) -> None:
    box.do("text")
    assert refusal(box.call("GET", f"/{LENA}", params={"fields": "name,biography"})) == (100, None)


def test_a_person_may_have_no_name(box: Box) -> None:
    box.do("text", person="priya")
    found = box.get("/910000000000003", fields="name,username")
    assert found == {"id": "910000000000003", "username": "priya.makes"}


def test_conversations_are_listed_newest_first_with_their_people(box: Box) -> None:
    for person in ("lena", "ana", "lena"):
        box.do("text", person=person)
    found = box.get("/me/conversations", platform="instagram", fields="id,updated_time,participants")
    names = [one["participants"]["data"][1]["username"] for one in found["data"]]
    assert names == ["lena.fischer", "ana.ribeiro"]
    (one,) = box.get("/me/conversations", user_id=LENA)["data"]
    assert one["id"] == found["data"][0]["id"]


def test_conversations_come_in_pages(box: Box) -> None:
    for person in ("lena", "ana", "noor"):
        box.do("text", person=person)
    first = box.get("/me/conversations", limit=2)
    second = box.session.get(first["paging"]["next"], timeout=5).json()
    assert len(first["data"]) == 2
    assert len(second["data"]) == 1


def test_a_message_read_back_has_the_id_of_its_webhook(box: Box) -> None:
    mid = box.do("text", text="Hi")["mid"]
    found = box.get(f"/{mid}", fields="id,created_time,from,to,message")
    assert found["id"] == mid
    assert found["message"] == "Hi"
    assert found["from"] == {"id": LENA, "username": "lena.fischer"}
    assert found["to"] == {"data": [{"id": ACCOUNT, "username": "our.brand"}]}
    assert found["created_time"].endswith("+0000")


def test_only_the_twenty_newest_messages_have_details(box: Box) -> None:
    mids = [box.do("text", text=str(number))["mid"] for number in range(22)]
    (thread,) = box.get("/me/conversations")["data"]
    listed = box.get(f"/{thread['id']}", fields="messages.limit(30){id,message,from}")["messages"]["data"]
    assert [one["id"] for one in listed] == mids[::-1]
    assert [one.get("message") for one in listed[18:]] == ["3", "2", None, None]
    assert refusal(box.call("GET", f"/{mids[0]}")) == (100, None)
    assert box.get(f"/{mids[2]}", fields="message")["message"] == "2"


def test_attachments_shares_and_stories_are_read_back(box: Box) -> None:
    picture, film, shared = (box.do(kind)["mid"] for kind in ("image", "video", "post"))
    mention, reply = box.do("story_mention")["mid"], box.do("story_reply")["mid"]
    fields = "attachments,shares,story"
    assert "url" in box.get(f"/{picture}", fields=fields)["attachments"]["data"][0]["image_data"]
    assert "url" in box.get(f"/{film}", fields=fields)["attachments"]["data"][0]["video_data"]
    assert len(box.get(f"/{shared}", fields=fields)["shares"]["data"]) == 1
    assert box.get(f"/{mention}", fields="story")["story"]["mention"].keys() == {"link", "id"}
    assert box.get(f"/{reply}", fields="story")["story"]["reply_to"].keys() == {"link", "id"}


def test_unsupported_is_said_with_a_word(box: Box) -> None:
    mid = box.do("unsupported")["mid"]
    assert box.get(f"/{mid}", fields="is_unsupported")["is_unsupported"] == "true"


def test_an_unsent_message_is_nowhere(box: Box) -> None:
    box.do("text")
    mid = box.do("text")["mid"]
    box.do("unsend", mid=mid)
    (thread,) = box.get("/me/conversations")["data"]
    assert len(box.get(f"/{thread['id']}/messages")["data"]) == 1
    assert refusal(box.call("GET", f"/{mid}")) == (100, 33)
