"""Photos, stickers, moving pictures and faces out of gradients and circles."""

import colorsys
import io
import random
import zlib

from PIL import Image, ImageDraw, ImageFilter, ImageOps

PHOTO = (720, 900)
SMALL = (160, 160)
FRAMES = 8

Colour = tuple[int, int, int]


def photo(seed: int) -> bytes:
    """A JPEG in portrait format: hills under a sun."""
    chance = random.Random(seed)
    picture = _sky(PHOTO, chance)
    draw, (width, height) = ImageDraw.Draw(picture), PHOTO
    sun, radius = chance.randrange(120, width - 120), chance.randrange(50, 110)
    draw.ellipse((sun - radius, 220 - radius, sun + radius, 220 + radius), fill=_colour(chance, 0.35, 1))
    for ridge in range(4):
        top = 420 + ridge * 110
        hill = chance.randrange(-200, width - 200)
        draw.ellipse((hill - 300, top, hill + 900, top + height), fill=_colour(chance, 0.5, 0.75 - ridge * 0.13))
    return _bytes(picture, "JPEG", quality=82)


def portrait(name: str) -> bytes:
    """A JPEG of head and shoulders before a wall, always the same for a name."""
    chance = random.Random(zlib.crc32(name.encode()))
    picture = _sky((320, 320), chance)
    draw, skin = ImageDraw.Draw(picture), (chance.choice((96, 141, 198, 224, 241)))
    draw.ellipse((40, 210, 280, 460), fill=_colour(chance, 0.6, 0.7))
    draw.ellipse((98, 62, 222, 216), fill=_colour(chance, 0.55, 0.3))
    draw.ellipse((110, 84, 210, 212), fill=(skin, int(skin * 0.78), int(skin * 0.62)))
    return _bytes(picture.filter(ImageFilter.SMOOTH), "JPEG", quality=82)


def sticker(seed: int) -> bytes:
    """A PNG with a transparent ground: a thumb-sized smile."""
    picture = Image.new("RGBA", SMALL)
    draw, colour = ImageDraw.Draw(picture), _colour(random.Random(seed), 0.7, 1)
    draw.ellipse((8, 8, 152, 152), fill=colour)
    draw.ellipse((48, 52, 64, 74), fill=(40, 30, 30))
    draw.ellipse((96, 52, 112, 74), fill=(40, 30, 30))
    draw.arc((44, 60, 116, 124), 20, 160, fill=(40, 30, 30), width=7)
    return _bytes(picture, "PNG")


def moving(seed: int) -> bytes:
    """An animated GIF: a ball that rolls along."""
    colour = _colour(random.Random(seed), 0.7, 0.9)
    frames = []
    for step in range(FRAMES):
        frame = Image.new("RGB", SMALL, (250, 247, 240))
        at = step * 20
        ImageDraw.Draw(frame).ellipse((at - 20, 60, at + 20, 100), fill=colour)
        frames.append(frame)
    return _bytes(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=90, loop=0)


def _sky(size: tuple[int, int], chance: random.Random) -> Image.Image:
    gradient = Image.linear_gradient("L").resize(size)
    return ImageOps.colorize(gradient, _colour(chance, 0.35, 0.95), _colour(chance, 0.45, 0.7))


def _colour(chance: random.Random, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(chance.random(), saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _bytes(picture: Image.Image, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()
