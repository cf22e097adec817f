"""The stored values of a case, with what the browser must know to show them, on their way out."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcitrial.dicom import Picture, Series
from calcitrial.web.masks import Shape

FAST = 1  # of zlib: on one computer the time of compressing counts more than the bytes


@dataclass(frozen=True, eq=False)
class Case:
    """A picture ready to be sent.

    Attributes:
        values: stored values in memory order, (z, y, x) or (frame, row, column), perhaps with red, green, blue.
        about: what the browser must know of it; nothing that tells whose it is or when it was taken.
        series: of a CT.
        picture: of a film or an ultrasound.
    """

    values: NDArray[np.integer[Any]]
    about: dict[str, Any]
    series: Series | None = None
    picture: Picture | None = None

    @property
    def shape(self) -> Shape:
        """Return (z, y, x) of a volume, or (frame, row, column) of a flat picture."""
        z, y, x = self.values.shape[:3]
        return z, y, x


def packed(case: Case) -> Iterator[bytes]:
    """Yield the stored values as gzip, one slice at a time, so that no second copy is made."""
    press = zlib.compressobj(FAST, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    for part in case.values:
        if some := press.compress(np.ascontiguousarray(part).data):
            yield some
    yield press.flush()
