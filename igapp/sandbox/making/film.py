"""A short film that browsers play: H.264 with every block written out plainly (I_PCM).

No encoder is needed for that: ITU-T H.264 lets a macroblock carry its samples as they are.
"""

import random
import struct

from igapp.sandbox.making import container

BLOCKS = (6, 10)
FRAMES, PER_SECOND = 10, 5
BLOCK = 16
LEVEL = 20
PLAIN_BLOCK = 25
DARK, LIGHT = 40, 210


class Bits:
    """Bits from left to right, with the Exp-Golomb codes of H.264."""

    def __init__(self) -> None:
        self._text = ""

    def fixed(self, value: int, width: int) -> "Bits":
        self._text += f"{value:0{width}b}"
        return self

    def golomb(self, *values: int) -> "Bits":
        for value in values:
            code = f"{value + 1:b}"
            self._text += "0" * (len(code) - 1) + code
        return self

    def bytes(self, *, stop: bool) -> bytes:
        """Filled up to whole bytes with zeros, after a closing 1 where the unit ends here."""
        text = self._text + ("1" if stop else "")
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big")


def clip(seed: int) -> bytes:
    """Two seconds of a bright bar that falls over coloured ground, as MP4."""
    chance = random.Random(seed)
    tint = (chance.randrange(60, 200), chance.randrange(60, 200))
    samples = [_sized(_frame(number, tint)) for number in range(FRAMES)]
    size = (BLOCKS[0] * BLOCK, BLOCKS[1] * BLOCK)
    header = container.full(b"vmhd", bytes(8), flags=1)
    track = container.Track(b"vide", header, _entry(size), samples, PER_SECOND, 1, size)
    return container.written(track, b"isom")


def _sized(unit: bytes) -> bytes:
    return struct.pack(">I", len(unit)) + unit


def _sequence() -> bytes:
    """Sequence parameters: baseline profile, frames in the order of their display, no references."""
    bits = Bits().fixed(0x67, 8).fixed(66, 8).fixed(0xC0, 8).fixed(LEVEL, 8)
    bits.golomb(0, 0, 2, 0).fixed(0, 1).golomb(BLOCKS[0] - 1, BLOCKS[1] - 1)
    return bits.fixed(0b1100, 4).bytes(stop=True)


def _picture() -> bytes:
    bits = Bits().fixed(0x68, 8).golomb(0, 0).fixed(0, 2).golomb(0, 0, 0).fixed(0, 3)
    return bits.golomb(0, 0, 0).fixed(0, 3).bytes(stop=True)


def _frame(number: int, tint: tuple[int, int]) -> bytes:
    """One key frame: a slice header, then every block as 256 lights and twice 64 colours."""
    bits = Bits().fixed(0x65, 8).golomb(0, 7, 0).fixed(0, 4).golomb(number % 2).fixed(0, 2).golomb(0)
    parts = [bits.golomb(PLAIN_BLOCK).bytes(stop=False)]
    colours = bytes([tint[0]]) * 64 + bytes([tint[1]]) * 64
    for row in range(BLOCKS[1]):
        light = LIGHT if row == number else DARK + row * 8
        parts += [bytes([light]) * 256 + colours] * BLOCKS[0]
    between = Bits().golomb(PLAIN_BLOCK).bytes(stop=False)
    return parts[0] + between.join(parts[1:]) + b"\x80"


def _entry(size: tuple[int, int]) -> bytes:
    sequence, picture = _sequence(), _picture()
    settings = bytes([1, *sequence[1:4], 0xFF, 0xE1])
    settings += struct.pack(">H", len(sequence)) + sequence
    settings += b"\x01" + struct.pack(">H", len(picture)) + picture
    looks = struct.pack(">HHIIIH32xHh", *size, 0x480000, 0x480000, 0, 1, 24, -1)
    return container.box(b"avc1", bytes(6), b"\0\1", bytes(16), looks, container.box(b"avcC", settings))
