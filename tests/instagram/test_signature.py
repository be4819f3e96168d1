"""Who signed a delivery."""

from igapp.instagram.signature import is_valid, sign

BODY = b'{"text":"caf\\u00e9"}'


def test_the_bytes_as_they_came_are_what_is_signed() -> None:
    assert is_valid(BODY, sign(BODY, "secret"), ["secret"])
    assert not is_valid('{"text":"café"}'.encode(), sign(BODY, "secret"), ["secret"])


def test_any_of_several_secrets_may_have_signed() -> None:
    assert is_valid(BODY, sign(BODY, "old"), ["new", "old"])


def test_a_foreign_secret_is_refused() -> None:
    assert not is_valid(BODY, sign(BODY, "theirs"), ["ours"])


def test_a_missing_or_garbled_header_is_refused() -> None:
    signature = sign(BODY, "secret")
    for header in (
        None,
        "",
        "sha256=",
        signature.removeprefix("sha256="),
        signature + "0",
        "sha256=é",
        signature.upper(),
    ):
        assert not is_valid(BODY, header, ["secret"])


def test_the_signature_is_that_of_the_documentation() -> None:
    assert sign(b"", "key") == "sha256=5d5d139563c95b5967b9bd9a8c9b233a9dedb45072794cd232dc1b74832607d0"
