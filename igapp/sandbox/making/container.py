"""An MP4 file with one track, as ISO/IEC 14496-12 lays it out: just enough for a player."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
TYPES = b"isomiso2mp41"


@dataclass(frozen=True)
class Track:
    """Samples of equal length: `step` units of 1/`timescale` seconds each."""

    handler: bytes
    media_header: bytes
    entry: bytes
    samples: Sequence[bytes]
    timescale: int
    step: int
    size: tuple[int, int] = (0, 0)

    @property
    def duration(self) -> int:
        return self.step * len(self.samples)


def box(name: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I4s", len(content) + 8, name) + content


def full(name: bytes, *parts: bytes, flags: int = 0) -> bytes:
    """A box with a version (0) and flags."""
    return box(name, struct.pack(">I", flags), *parts)


def written(track: Track, brand: bytes) -> bytes:
    """The whole file: type, samples, and then the movie header that says where they are."""
    head = box(b"ftyp", brand, struct.pack(">I", 512), TYPES)
    data = box(b"mdat", *track.samples)
    return head + data + _movie(track, len(head) + 8)


def _movie(track: Track, offset: int) -> bytes:
    times = struct.pack(">4I", 0, 0, track.timescale, track.duration)
    rest = struct.pack(">IH10x", 0x10000, 0x100) + MATRIX + bytes(24) + struct.pack(">I", 2)
    return box(b"moov", full(b"mvhd", times, rest), box(b"trak", _track_header(track), _media(track, offset)))


def _track_header(track: Track) -> bytes:
    width, height = track.size
    times = struct.pack(">5I8x", 0, 0, 1, 0, track.duration)
    volume = 0 if track.handler == b"vide" else 0x100
    place = struct.pack(">HHHH", 0, 0, volume, 0) + MATRIX
    return full(b"tkhd", times, place, struct.pack(">II", width << 16, height << 16), flags=3)


def _media(track: Track, offset: int) -> bytes:
    times = struct.pack(">4IHH", 0, 0, track.timescale, track.duration, 0x55C4, 0)
    handler = full(b"hdlr", bytes(4), track.handler, bytes(12), b"sandbox\0")
    source = box(b"dinf", full(b"dref", struct.pack(">I", 1), full(b"url ", flags=1)))
    information = box(b"minf", track.media_header, source, _table(track, offset))
    return box(b"mdia", full(b"mdhd", times), handler, information)


def _table(track: Track, offset: int) -> bytes:
    count = len(track.samples)
    sizes = struct.pack(f">II{count}I", 0, count, *(len(sample) for sample in track.samples))
    return box(
        b"stbl",
        full(b"stsd", struct.pack(">I", 1), track.entry),
        full(b"stts", struct.pack(">III", 1, count, track.step)),
        full(b"stsc", struct.pack(">IIII", 1, 1, count, 1)),
        full(b"stsz", sizes),
        full(b"stco", struct.pack(">II", 1, offset)),
    )
