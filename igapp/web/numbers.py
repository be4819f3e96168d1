"""Whole numbers as people write them into forms and addresses."""

from igapp.desk.refusal import Refused

DIGITS = 18
"""Of the longest number that is read: every column holds it, and no request can make us read a million digits."""


def whole(written: str) -> int | None:
    """Return the number written; None where it is none, or longer than any that counts here."""
    digits = written.strip()
    return int(digits) if digits.isdecimal() and len(digits) <= DIGITS else None


def needed(written: str, sentence: str, about: str) -> int:
    """Return the number written; raises Refused with the sentence, about its field, where there is none."""
    found = whole(written)
    if found is None:
        raise Refused(sentence, about)
    return found
