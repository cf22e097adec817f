"""A save that arrives in part, too large or misshapen enters nothing and is answered in a sentence."""

import io
from typing import Any

import pytest
from django.test import Client

from calcitrial.record import Place, standing_of
from tests.clinic.small_clinic import HERE, entries, said

FORM = "application/x-www-form-urlencoded"
LINK = f"/stsinj/participants/{HERE}/forms/check_up/?visit=BL"
BODY = "done=true&weight=70&finding=Nothing+new.&_expected=0&_action=finish"


@pytest.mark.parametrize("length", [4, 15, 20, 35, 50, len(BODY) - 1])
def test_a_save_cut_off_anywhere_enters_nothing(nurse: Client, length: int) -> None:
    before = entries()
    begun: dict[str, Any] = {"wsgi.input": io.BytesIO(BODY[:length].encode()), "CONTENT_LENGTH": str(len(BODY))}
    cut = nurse.generic("POST", LINK, BODY, content_type=FORM, **begun)
    assert cut.status_code == 400 and "The connection broke while this was sent" in said(cut)
    assert entries() == before and standing_of("stsinj", Place(HERE, "check_up", "BL")).version == 0


def test_the_same_save_whole_is_entered(nurse: Client) -> None:
    assert nurse.generic("POST", LINK, BODY, content_type=FORM).status_code == 303


def test_more_than_any_form_is_refused(nurse: Client) -> None:
    before = entries()
    big = nurse.generic("POST", LINK, "finding=" + "x" * 21_000_000, content_type=FORM)
    assert big.status_code == 413 and "larger than any form" in said(big) and entries() == before


def test_too_many_fields_are_refused_in_a_sentence(nurse: Client) -> None:
    before = entries()
    many = nurse.generic("POST", LINK, "&".join(f"a{n}=1" for n in range(2_000)), content_type=FORM)
    assert many.status_code == 400 and "cannot be read as a form of these pages" in said(many)
    assert entries() == before
