"""What a vial is called: a number with a check character, and the text of its QR code.

The check character is ISO/IEC 7064, MOD 37-36, over study and number: it betrays every single wrong character, nearly
every two swapped neighbours, and a vial of another study. The code holds study and vial and nothing else, so it tells
neither arm nor product.
"""

import re

from calcitrial.protocol import Problem, refuse

SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
WRITTEN = re.compile(
    r"(?:(?P<study>[^\s/]+)\s*/\s*)?V?\s*(?P<number>\d{1,5})\s*-?\s*(?P<check>[0-9A-Z])", re.IGNORECASE
)


def check_character(text: str) -> str:
    """Return the check character of a text of digits and capital letters (ISO/IEC 7064, MOD 37-36)."""
    product = 36
    for sign in text:
        product = (product + SIGNS.index(sign)) % 36 or 36
        product = product * 2 % 37
    return SIGNS[(37 - product) % 36]


def vial_id(study: str, number: int) -> str:
    """Return what vial `number` of a study is called, such as 'V00042-C'."""
    named = "".join(sign for sign in study.upper() if sign in SIGNS)
    return f"V{number:05d}-{check_character(f'{named}{number:05d}')}"


def code_of(study: str, vial: str) -> str:
    """Return the text of the QR code on a vial: study and vial, nothing else."""
    return f"{study}/{vial}"


def read_vial(study: str, text: str) -> str:
    """Return the vial that somebody scanned or typed, as it is called in the record.

    Takes the text of the code ('stsinj/V00042-C') or the vial alone, in any capitals, with or without the zeros in
    front and the dash. Raises RefusedError for another study, another shape, or a check character that does not fit.
    """
    found = WRITTEN.fullmatch(text.strip())
    if found is None:
        refuse([Problem("vial", f"{text.strip()[:80]!r} is no vial.", "Scan its label, or type it like V00042-C.")])
        raise AssertionError
    if found["study"] and found["study"].casefold() != study.casefold():
        what = f"The vial is one of the study {found['study']}, not of {study}."
        refuse([Problem("vial", what, "Put it aside and take one of this study.")])
    vial = vial_id(study, int(found["number"]))
    if vial[-1] != found["check"].upper():
        what = f"The check character of {text.strip()!r} does not fit."
        refuse([Problem("vial", what, "Read the label again; it may be of another study.")])
    return vial
