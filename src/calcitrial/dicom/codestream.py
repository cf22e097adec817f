"""The size that a compressed frame claims for itself, read before a decoder allocates for it."""

import struct

JPEG = b"\xff\xd8"  # ITU-T T.81 B.2.1 and T.87: start of image
JPEG_2000 = b"\xff\x4f\xff\x51"  # ITU-T T.800 A.4: start of codestream, then the SIZ marker
# Start of frame: T.81 table B.1 without DHT, JPG and DAC; F7 is JPEG-LS (T.87).
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC} | {0xF7}
ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length


def claimed_size(stream: bytes) -> tuple[int, int] | None:
    """Return (rows, columns) that a JPEG, JPEG-LS or JPEG 2000 stream claims, None where it tells none."""
    if stream.startswith(JPEG_2000) and len(stream) >= 24:
        # SIZ (T.800 A.5.1): length, capabilities, then the grid's width, height and their offsets.
        width, height, left, top = struct.unpack(">4I", stream[8:24])
        return height - top, width - left
    return _jpeg_size(stream) if stream.startswith(JPEG) else None


def _jpeg_size(stream: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(stream) and stream[at] == 0xFF:
        marker = stream[at + 1]
        if marker in FRAMES:
            rows, columns = struct.unpack(">2H", stream[at + 5 : at + 9])
            return rows, columns
        if marker == 0xFF or marker in ALONE:
            at += 1 if marker == 0xFF else 2
        else:
            at += 2 + struct.unpack(">H", stream[at + 2 : at + 4])[0]
    return None
