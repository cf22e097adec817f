"""The reference list of expected reactions holds terms of CTCAE, each with its source."""

from calcitrial.safety import term
from calcitrial.vigilance import expected, expected_events


def test_every_expected_term_is_of_ctcae_and_carries_its_source() -> None:
    for one in expected_events():
        assert term(one.term) is not None and one.source.startswith("https://") and one.status == "assumed"
    assert expected("injection site reaction", 2) is not None and expected("Injection site reaction", 3) is None
    assert expected("Skin infection", 1) is None
