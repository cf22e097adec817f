"""Vials have names that betray a slip, and codes that tell nothing."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcitrial.pharmacy import check_character, code_of, ledger, read_vial, read_vials, vial_id
from calcitrial.pharmacy.label import SIGNS
from calcitrial.protocol import RefusedError
from tests.pharmacy.trial import begun


def test_the_check_character_is_that_of_the_standard() -> None:
    # Examples of MOD 37-36 in print: the GRid standard (A1-2425G-ABC1234002-M), ISAN (0000-0001-8CFA-0000-I).
    assert check_character("A12425GABC1234002") == "M"
    assert check_character("000000018CFA0000") == "I"


@given(st.integers(1, 99999), st.integers(1, 5), st.sampled_from(SIGNS[:10]))
def test_every_single_wrong_figure_is_refused(number: int, at: int, figure: str) -> None:
    vial = vial_id("stsinj", number)
    wrong = vial[:at] + figure + vial[at + 1 :]
    if wrong == vial:
        assert read_vial("stsinj", wrong) == vial
    else:
        with pytest.raises(RefusedError, match="check character"):
            read_vial("stsinj", wrong)


@given(st.integers(1, 99999))
def test_a_vial_is_read_from_its_code_and_as_people_type_it(number: int) -> None:
    vial = vial_id("stsinj", number)
    for text in (code_of("stsinj", vial), vial, vial.lower(), f" {vial.replace('-', '')} ", f"{number}{vial[-1]}"):
        assert read_vial("stsinj", text) == vial


@pytest.mark.requirement("ICH E6(R3) 3.15")
def test_a_vial_of_another_study_is_refused() -> None:
    other = vial_id("limoges", 7)
    with pytest.raises(RefusedError, match="one of the study limoges, not of stsinj"):
        read_vial("stsinj", code_of("limoges", other))
    with pytest.raises(RefusedError, match="may be of another study"):
        read_vial("stsinj", other)


@pytest.mark.parametrize("text", ["", "hello", "V1", "V123456-A-B", "stsinj/", "<script>", "٣٤٥A"])
def test_what_is_no_vial_is_refused_with_how_to_write_one(text: str) -> None:
    with pytest.raises(RefusedError, match=r"Scan its label, or type it like V00042-C|does not fit"):
        read_vial("stsinj", text)


@pytest.mark.requirement("ICH E6(R3) 4.1.1–3")
def test_the_code_holds_study_and_vial_and_nothing_else() -> None:
    assert code_of("stsinj", "V00042-C") == "stsinj/V00042-C"


def test_more_words_than_anybody_scans_are_refused_at_once_and_a_long_one_is_not_sent_back(home: Path) -> None:
    here = ledger(begun())
    with pytest.raises(RefusedError, match="More than 1000 words are sent"):
        read_vials(here, "ten megabytes " * 750_000)
    with pytest.raises(RefusedError) as refused:
        read_vials(here, "x" * 10_000_000)
    assert len(str(refused.value)) < 500
