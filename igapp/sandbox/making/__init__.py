"""Files that the platform serves, made when they are asked for: nothing binary is kept."""

from collections.abc import Callable
from functools import lru_cache

from igapp.sandbox.making import film, papers, pictures, sound

MAKERS: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "image": ("image/jpeg", pictures.photo),
    "gif": ("image/gif", pictures.moving),
    "sticker": ("image/png", pictures.sticker),
    "video": ("video/mp4", film.clip),
    "audio": ("audio/mp4", sound.silence),
    "file": ("application/pdf", papers.page),
}


@lru_cache(maxsize=128)
def made(kind: str, seed: int) -> tuple[str, bytes]:
    """Content type and bytes of a file of that kind; the same seed always makes the same file."""
    content_type, maker = MAKERS.get(kind, MAKERS["image"])
    return content_type, maker(seed)


@lru_cache(maxsize=128)
def portrait(name: str) -> bytes:
    """A JPEG of somebody's face, more or less."""
    return pictures.portrait(name)
