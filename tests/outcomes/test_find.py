import pytest

from calcitrial.outcomes import COLUMNS, find, names
from calcitrial.protocol import RefusedError, load


def test_every_file_that_names_itself_is_a_measure():
    assert names() == ("ct_mass", "ct_volume", "film_area", "pain", "ultrasound_length", "ultrasound_volume")
    for name in names():
        assert find(name).name == name


def test_an_unknown_measure_is_refused_with_the_known_ones():
    with pytest.raises(RefusedError, match=r"'weight'.*ct_mass, ct_volume, film_area, pain, ultrasound_length"):
        find("weight")


def test_shipped_protocols_name_measures_there_are():
    for protocol in (load("stsinj"), load("limoges", "untreated_lesion")):
        assert all(find(endpoint.outcome) for endpoint in protocol.endpoints)


def test_all_measures_share_their_columns(cut):
    for name in names():
        assert tuple(find(name).derive(cut).columns) == COLUMNS
