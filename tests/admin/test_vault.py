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


def test_what_another_key_sealed_stays_closed() -> None:
    with pytest.raises(Unopenable):
        Vault([NEW]).open(Vault([OLD]).seal("a token"))


def test_what_is_no_seal_stays_closed() -> None:
    with pytest.raises(Unopenable):
        Vault([NEW]).open("no seal at all")


def test_the_newest_key_knows_its_own_seals() -> None:
    old, both = Vault([OLD]), Vault([NEW, OLD])
    assert both.is_newest(both.seal("a token"))
    assert not both.is_newest(old.seal("a token"))


def test_marks_tell_texts_apart_and_stay_with_their_keys() -> None:
    old, both = Vault([OLD]), Vault([NEW, OLD])
    assert old.marks("Ana")[0] in both.marks("Ana")
    assert old.marks("Ana") != old.marks("Lena")
