"""A voice note without a voice: two seconds of silent AAC in MP4, as Instagram sends them."""

import struct

from igapp.sandbox.making import container

RATE = 44_100
PER_FRAME = 1024
FRAMES = 86
SILENT = b"\x00\x00\x00\x07"
MONO_LOW_COMPLEXITY = b"\x12\x08"


def silence(_: int) -> bytes:
    header = container.full(b"smhd", bytes(4))
    track = container.Track(b"soun", header, _entry(), [SILENT] * FRAMES, RATE, PER_FRAME)
    return container.written(track, b"M4A ")


def _entry() -> bytes:
    """Mono, 16 bits, and the rate as 16.16."""
    looks = struct.pack(">HHHHI", 1, 16, 0, 0, RATE << 16)
    return container.box(b"mp4a", bytes(6), b"\0\1", bytes(8), looks, container.full(b"esds", _stream()))


def _stream() -> bytes:
    decoder = _part(5, MONO_LOW_COMPLEXITY)
    settings = _part(4, b"\x40\x15" + bytes(3) + struct.pack(">II", 1000, 1000) + decoder)
    return _part(3, b"\0\1\0" + settings + _part(6, b"\x02"))


def _part(tag: int, content: bytes) -> bytes:
    return bytes([tag, len(content)]) + content
