"""Ways to damage a DICOM file: bits, lengths, tags, representations, syntaxes, sizes and numbers."""

import random
import struct
from collections.abc import Callable

from pydicom.datadict import tag_for_keyword

EXPLICIT = b"1.2.840.10008.1.2.1\0"
SYNTAXES = [b"1.2.840.10008.1.2\0\0\0", b"1.2.840.10008.1.2.2\0", b"1.2.840.10008.1.2.5\0", b"1.2.840.10008.1.2.9\0"]
REPRESENTATIONS = [b"UN", b"SQ", b"US", b"DS", b"IS", b"FD", b"UI", b"OW", b"LO", b"XX", b"UT", b"\0\0"]
LENGTHS = [0, 1, 0xFFFE, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF]
NUMBERS = [b"nan", b"inf", b"-inf", b"1e308", b"-1", b"0", b"1e-320", b"abc", b"", b"\\\\", b"1\\2\\3\\4"]
SIZES = [0, 1, 7, 0x7FFF, 0xFFFF]
DIMENSIONS = ["Rows", "Columns", "BitsAllocated", "BitsStored", "SamplesPerPixel", "PixelRepresentation", "HighBit"]
TEXTS = ["PixelSpacing", "ImagePositionPatient", "RescaleSlope", "NumberOfFrames", "SliceThickness", "NumericValue"]
DOUBLES = ["PhysicalDeltaX", "PhysicalDeltaY", "FloatingPointValue"]
Dice = random.Random


def tag_bytes(keyword: str) -> bytes:
    tag = tag_for_keyword(keyword)
    assert tag is not None
    return struct.pack("<2H", tag >> 16, tag & 0xFFFF)


def elements(data: bytes) -> list[int]:
    """Return where elements begin, by the two capital letters of their representation."""
    found = [i - 4 for i in range(136, len(data) - 8) if data[i : i + 2] in KNOWN and data[i - 3] < 0x80]
    return found or [132]


WORDS = "AE AS CS DA DS DT FD FL IS LO LT OB OW PN SH SQ ST TM UI UL UN US UT"
KNOWN = {word.encode() for word in WORDS.split()}


def flip(dice: Dice, data: bytes) -> bytes:
    made = bytearray(data)
    for _ in range(dice.choice([1, 1, 8, 64, 400])):
        at = dice.randrange(132, min(len(made), dice.choice([600, 3000, len(made)])))
        made[at] ^= 1 << dice.randrange(8)
    return bytes(made)


def cut(dice: Dice, data: bytes) -> bytes:
    return data[: dice.randrange(len(data))]


def splice(dice: Dice, data: bytes) -> bytes:
    """Take out, put in twice, or overwrite a run of bytes."""
    at, n = dice.randrange(132, len(data)), dice.choice([1, 2, 7, 64, 1000])
    return dice.choice([data[:at] + data[at + n :], data[: at + n] + data[at:], data[:at] + bytes(n) + data[at + n :]])


def drop_or_double(dice: Dice, data: bytes) -> bytes:
    places = elements(data)
    i = dice.randrange(len(places))
    start, end = places[i], places[i + 1] if i + 1 < len(places) else len(data)
    return data[:start] + data[end:] if dice.random() < 0.5 else data[:end] + data[start:]


def represent(dice: Dice, data: bytes) -> bytes:
    at = dice.choice(elements(data)) + 4
    return data[:at] + dice.choice(REPRESENTATIONS) + data[at + 2 :]


def lengthen(dice: Dice, data: bytes) -> bytes:
    at = dice.choice(elements(data)) + 6
    length = struct.pack("<I", dice.choice(LENGTHS))
    return data[:at] + length[:2] + data[at + 2 :] if dice.random() < 0.5 else data[: at + 2] + length + data[at + 6 :]


def mistake_syntax(dice: Dice, data: bytes) -> bytes:
    return data.replace(EXPLICIT, dice.choice(SYNTAXES), 1)


def resize(dice: Dice, data: bytes) -> bytes:
    return _replace(data, _one_of(dice, data, DIMENSIONS), struct.pack("<H", dice.choice(SIZES)))


def unnumber(dice: Dice, data: bytes) -> bytes:
    return _replace(data, _one_of(dice, data, TEXTS), dice.choice(NUMBERS), pad=b" ")


def undouble(dice: Dice, data: bytes) -> bytes:
    value = dice.choice([float("nan"), float("inf"), -1.0, 0.0, 1e308, 5e-324])
    return _replace(data, _one_of(dice, data, DOUBLES), struct.pack("<d", value))


def _one_of(dice: Dice, data: bytes, keywords: list[str]) -> str:
    return dice.choice([word for word in keywords if tag_bytes(word) in data] or ["Rows"])


def _replace(data: bytes, keyword: str, value: bytes, pad: bytes = b"") -> bytes:
    """Overwrite the value of the first explicit element of that name, filling its length."""
    at = data.find(tag_bytes(keyword))
    if at < 0:
        return data[: len(data) // 2]
    (length,) = struct.unpack("<H", data[at + 6 : at + 8])
    if pad:
        value = (value + pad * length)[:length]
    return data[: at + 8] + value + data[at + 8 + len(value) :]


DAMAGES: list[Callable[[Dice, bytes], bytes]] = [
    flip, cut, splice, drop_or_double, represent, lengthen, mistake_syntax, resize, unnumber, undouble,
]  # fmt: skip


def damaged(case: int, data: bytes) -> bytes:
    """Return the file damaged in the way of this case, a second way on top in every third."""
    dice = Dice(case)
    data = DAMAGES[case % len(DAMAGES)](dice, data)
    if case % 3 == 0 and len(data) > 600:
        data = dice.choice(DAMAGES)(dice, data)
    return data
