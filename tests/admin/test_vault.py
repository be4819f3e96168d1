"""What is sealed opens with any key in use, and with no other."""

import pytest

from igapp.vault import Unopenable, Vault

OLD, NEW = "o" * 32, "n" * 32


def test_what_was_sealed_opens() -> None:
    vault = Vault([NEW])
    assert vault.open(vault.seal("a token")) == "a token"


def test_a_new_first_key_still_opens_what_the_old_one_sealed() -> None:
    sealed = Vault([OLD]).seal("a token")
    assert Vault([NEW, OLD]).open(sealed) == "a token"


def test_what_is_sealed_again_opens_without_the_old_key() -> None:
    sealed = Vault([OLD]).seal("a token")
    again = Vault([NEW, OLD]).seal_again(sealed)
    assert Vault([NEW]).open(again) == "a token"


@pytest.mark.parametrize("sealed", [Vault([OLD]).seal("a token"), "no seal at all"])
def test_what_no_key_opens_stays_closed(sealed: str) -> None:
    with pytest.raises(Unopenable):
        Vault([NEW]).open(sealed)
