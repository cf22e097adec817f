"""Labels of vials: the QR code as SVG inside the page, drawn here, so that no other host learns of a vial."""

from dataclasses import dataclass

import segno
from django.utils.safestring import SafeString, mark_safe

from calcitrial.pharmacy import Consignment, code_of


@dataclass(frozen=True)
class Label:
    """One label: what the vial is called, its code as SVG, and the text of the code."""

    vial: str
    svg: SafeString
    code: str


def labels_of(study: str, receipt: Consignment) -> list[Label]:
    """Return the labels of the vials of a receipt, in their order."""
    return [Label(vial, qr(code_of(study, vial)), code_of(study, vial)) for vial in receipt.vials(study)]


def qr(text: str) -> SafeString:
    """Return a QR code (error correction M, which bears a scratch) as an SVG element that scales with its box."""
    drawn = segno.make_qr(text, error="m").svg_inline(omitsize=True, svgclass="qr", lineclass=None, border=4)
    return mark_safe(drawn)
