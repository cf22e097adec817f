"""The static export: whole or not at all, under 100 kB, for any web host."""

import pytest

from calcitrial.evidence import studies
from calcitrial.leaflet import checked, publish
from calcitrial.leaflet.publish import MOST_BYTES, file_of
from calcitrial.protocol import RefusedError, load

FILES = {"en.html", "fr.html", "en-easy.html", "fr-easy.html", "index.html", "trial.json", "evidence.html"}


@pytest.mark.parametrize("study", ["limoges", "stsinj"])
def test_all_files_are_written_and_light(study, tmp_path):
    written = publish(load(study), studies(), tmp_path / "site")
    there = {path.name: path.stat().st_size for path in (tmp_path / "site").iterdir()}
    assert there == written.files and there.keys() == FILES
    assert max(there.values()) < MOST_BYTES == 100_000
    assert written.readability.keys() == FILES - {"index.html", "trial.json", "evidence.html"}
    assert (tmp_path / "site" / "index.html").read_bytes() == (tmp_path / "site" / "en.html").read_bytes()


def test_links_between_the_files_are_there(tmp_path):
    publish(load("limoges"), studies(), tmp_path)
    for name, links in {"en.html": ["fr.html", "en-easy.html"], "fr-easy.html": ["en-easy.html", "fr.html"]}.items():
        text = (tmp_path / name).read_text("utf-8")
        assert all(f'href="{link}"' in text for link in links)


def test_a_protocol_without_exclusion_criteria_is_not_published(tmp_path):
    protocol = load("limoges")
    bare = protocol.model_copy(update={"criteria": tuple(c for c in protocol.criteria if c.type == "inclusion")})
    with pytest.raises(RefusedError, match=r"en\.html, exclusion: Empty criteria"):
        publish(bare, studies(), tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_plain_words_that_contradict_the_protocol_are_found():
    protocol = load("limoges")
    older = [
        one.model_copy(update={"text": "At least 5 years old"}) if one.id == "A-I1" else one
        for one in protocol.criteria
    ]
    told = [str(problem) for problem in checked(protocol.model_copy(update={"criteria": tuple(older)}), studies())]
    assert any("'You are 2 years old or older.': 2 stands in none of criteria.A-I1" in line for line in told)


@pytest.mark.parametrize("name", ["de.html", "../en.html", "", "EN.HTML"])
def test_another_file_is_refused(name):
    with pytest.raises(RefusedError, match="There is no such page"):
        file_of(name, load("limoges"), studies())
