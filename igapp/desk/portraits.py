"""Pictures of the people who work here: judged by content like any other, cut to a small square, kept with media."""

import io
from datetime import datetime

from PIL import Image, ImageOps

from igapp import storage
from igapp.desk import audit, pictures
from igapp.models import User

SIDE = 192
"""Pixels: twice as many as the largest place that shows one."""
QUALITY = 85
"""Of the JPEG that is kept."""
CONTENT_TYPE = "image/jpeg"


def drawn(name: str, content: bytes) -> bytes:
    """Return the square that a file's picture becomes; Refused with the reason where it holds none."""
    judged = pictures.judged(name, content)
    with Image.open(io.BytesIO(judged.content)) as image:
        image.seek(0)
        flat = Image.new("RGBA", image.size, "white")
        flat.alpha_composite(image.convert("RGBA"))
    out = io.BytesIO()
    ImageOps.fit(flat.convert("RGB"), (SIDE, SIDE)).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def hang(user: User, portrait: bytes, now: datetime) -> None:
    """Show this picture of the user from now on."""
    key = storage.new_key()
    storage.store().put(key, portrait, CONTENT_TYPE, now)
    storage.drop_later(user.picture_key)
    user.picture_key = key
    audit.record(user, "user.picture_changed", user.email, now)


def take_down(user: User, now: datetime) -> None:
    """Show the user's initials again."""
    if user.picture_key is None:
        return
    storage.drop_later(user.picture_key)
    user.picture_key = None
    audit.record(user, "user.picture_removed", user.email, now)
