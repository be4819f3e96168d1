"""Names that people give to things, as they are compared on every database."""

import unicodedata


def key(name: str) -> str:
    """Return what names have in common that people would take for the same: "Élan" and "éLAN"."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def are_same(one: str, other: str) -> bool:
    """Whether people would take both for the same name."""
    return key(one) == key(other)
