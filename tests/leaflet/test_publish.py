"""The static export: whole or not at all, under 100 kB, for any web host."""

import pytest

from calcitrial.evidence import studies
from calcitrial.leaflet import checked, publish, stale, study_in
from calcitrial.leaflet.publish import MOST_BYTES, file_of
from calcitrial.protocol import RefusedError, load

FILES = {"en.html", "fr.html", "en-easy.html", "fr-easy.html", "index.html", "trial.json", "evidence.html"}


@pytest.mark.parametrize("study", ["limoges", "stsinj"])
def test_all_files_are_written_and_light(study, tmp_path):
    written = publish(load(study), studies(), tmp_path / "site")
    there = {path.name: path.stat().st_size for path in (tmp_path / "site").iterdir()}
    assert there.pop("published.json") and there == written.files and there.keys() == FILES
    assert max(there.values()) < MOST_BYTES == 100_000
    assert written.readability.keys() == FILES - {"index.html", "trial.json", "evidence.html"}
    assert (tmp_path / "site" / "index.html").read_bytes() == (tmp_path / "site" / "en.html").read_bytes()


def test_a_large_base_does_not_stop_the_pages(tmp_path):
    more = [
        one.model_copy(update={"id": f"{one.id}-{n}", "route": f"other {n}"}) for n in range(3) for one in studies()
    ]
    sizes = publish(load("limoges"), [*studies(), *more], tmp_path).files
    assert sizes["evidence.html"] > MOST_BYTES > sizes["en.html"]


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


def said(protocol, reports, out):
    return {problem.place: problem.what for problem in stale(protocol, reports, out)}


def test_a_folder_tells_which_of_its_pages_are_stale_and_why(tmp_path):
    protocol, reports = load("limoges"), studies()
    publish(protocol, reports, tmp_path)
    assert study_in(tmp_path) == "limoges" and said(protocol, reports, tmp_path) == {}
    fewer = said(protocol, reports[:-1], tmp_path)
    assert fewer.keys() == FILES - {"trial.json"}
    what = f"the evidence base changed ({len(reports)} reports then, {len(reports) - 1} now)"
    assert all(sentence == f"The page is stale: {what}." for sentence in fewer.values())
    fact = protocol.facts["sample_size"].model_copy(update={"value": 41})
    other = said(protocol.model_copy(update={"facts": {**protocol.facts, "sample_size": fact}}), reports, tmp_path)
    assert "en.html" in other and "evidence.html" not in other and "the study definition changed (" in other["en.html"]


def test_a_page_that_is_missing_or_was_changed_by_hand_is_said(tmp_path):
    protocol, reports = load("stsinj"), studies()
    publish(protocol, reports, tmp_path, {"en-fit.html": b"questions"})
    (tmp_path / "fr.html").write_bytes((tmp_path / "fr.html").read_bytes().replace(b"essai", b"succes", 1))
    (tmp_path / "en.html").unlink()
    found = said(protocol, reports, tmp_path)
    assert (
        found["fr.html"] == "The page was changed after it was written." and found["en.html"] == "The page is missing."
    )
    assert found["en-fit.html"] == "The page is no longer published."


@pytest.mark.parametrize("content", [None, b"{", b"[]", b'{"study": "stsinj"}', b'{"study": 1, "files": 2}'])
def test_a_folder_that_is_no_export_is_refused_in_a_sentence(tmp_path, content):
    if content is not None:
        (tmp_path / "published.json").write_bytes(content)
    with pytest.raises(RefusedError, match="no fingerprint of an export"):
        stale(load("stsinj"), studies(), tmp_path)


def test_an_export_of_another_trial_is_refused(tmp_path):
    publish(load("stsinj"), studies(), tmp_path)
    with pytest.raises(RefusedError, match="not of 'limoges'"):
        stale(load("limoges"), studies(), tmp_path)


@pytest.mark.parametrize(("study", "easiest"), [("limoges", 6.0), ("stsinj", 6.0)])
def test_the_score_stands_on_the_page_and_is_that_of_a_child_of_twelve(study, easiest, tmp_path):
    written = publish(load(study), studies(), tmp_path)
    for name, score in written.readability.items():
        assert score.told in (tmp_path / name).read_text("utf-8")
        assert score.score <= easiest if name.startswith("en") else score.score >= 70
