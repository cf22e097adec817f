"""Decodes JPEG-LS with CharLS, the library inside pyjpegls, without Python's lock.

pyjpegls holds the lock while it decodes, so that two threads are as slow as one. Its compiled module also exports
the documented C interface of CharLS (charls/charls_jpegls_decoder.h, version 2), which ctypes calls without the
lock. Where a build does not export it, as on Windows, pyjpegls decodes, one slice at a time.
"""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import _CharLS
import jpeg_ls
import numpy as np
from numpy.typing import NDArray

NARROW = 8  # samples of at most so many bits come in one byte, not two
PREFIX = "charls_jpegls_decoder_"
# Name, what comes back, and what is taken; names without their common beginning.
INTERFACE = (
    ("create", ctypes.c_void_p, ()),
    ("set_source_buffer", ctypes.c_int, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t)),
    ("read_header", ctypes.c_int, (ctypes.c_void_p,)),
    ("get_frame_info", ctypes.c_int, (ctypes.c_void_p, ctypes.c_void_p)),
    ("decode_to_buffer", ctypes.c_int, (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint32)),
    ("destroy", None, (ctypes.c_void_p,)),
)


class Frame(ctypes.Structure):
    """What CharLS says of a picture (charls_frame_info)."""

    _fields_ = (
        ("width", ctypes.c_uint32),
        ("height", ctypes.c_uint32),
        ("bits_per_sample", ctypes.c_int32),
        ("component_count", ctypes.c_int32),
    )


@dataclass(frozen=True)
class Library:
    """The functions of CharLS by their short names, or none of them."""

    functions: dict[str, Callable[..., Any]]

    def call(self, name: str, *arguments: object) -> bool:
        """Call a function and say whether it went well, which CharLS tells by zero."""
        return bool(self.functions[name](*arguments) == 0)


def _library() -> Library | None:
    try:
        exported = ctypes.CDLL(_CharLS.__file__)
        functions = {name: exported[PREFIX + name] for name, _, _ in INTERFACE}
    except (OSError, AttributeError):
        return None
    for name, back, taken in INTERFACE:
        functions[name].restype, functions[name].argtypes = back, taken
    return Library({**functions})


CHARLS = _library()


def decode_into(stream: bytes, out: NDArray[np.uint16]) -> int:
    """Decode one grey JPEG-LS picture into rows x columns of memory.

    Args:
        stream: a whole JPEG-LS stream.
        out: where its samples go, contiguous.

    Returns:
        The bits per sample.

    Raises:
        RuntimeError: CharLS cannot decode it.
        ValueError: it is not one picture of the size of `out`. gdcm ends the process where the picture is too small,
            and returns a scrambled one where it has other rows and columns, so gdcm never sees JPEG-LS here.
    """
    if bits := _unlocked(stream, out):
        return bits
    samples, told = jpeg_ls.decode_pixel_data(stream)
    if (told["height"], told["width"], told["components"]) != (*out.shape, 1):
        raise ValueError("The JPEG-LS picture has another size than the header says.")
    bits = int(told["bits_per_sample"])
    out[...] = np.frombuffer(samples, np.uint8 if bits <= NARROW else np.dtype("<u2")).reshape(out.shape)
    return bits


def _unlocked(stream: bytes, out: NDArray[np.uint16]) -> int:
    """Return the bits per sample of a picture decoded without the lock, or 0 when that was not to be."""
    decoder = None if CHARLS is None else CHARLS.functions["create"]()
    if CHARLS is None or not decoder:
        return 0
    try:
        frame = Frame()
        known = (
            CHARLS.call("set_source_buffer", decoder, stream, len(stream))
            and CHARLS.call("read_header", decoder)
            and CHARLS.call("get_frame_info", decoder, ctypes.byref(frame))
        )
        told = (frame.height, frame.width, frame.component_count)
        if not known or told != (*out.shape, 1) or not NARROW < frame.bits_per_sample <= 2 * NARROW:
            return 0
        done = CHARLS.call("decode_to_buffer", decoder, out.ctypes.data, out.nbytes, 0)
        return int(frame.bits_per_sample) if done else 0
    finally:
        CHARLS.functions["destroy"](decoder)
