"""Titles, footers and source lists claim nothing, and every source is one that is known under its address."""

from pathlib import Path

import pytest

from calcitrial.claims import Ground, check_frame
from calcitrial.evidence import studies
from calcitrial.leaflet import publish, texts_in
from calcitrial.protocol import load
from calcitrial.public import fit_files

PAGES = tuple(f"{language}{ending}.html" for language in ("en", "fr") for ending in ("", "-easy", "-fit"))


def found(html: str, language: str = "en", study: str = "limoges") -> list[tuple[str, str]]:
    texts = texts_in(language)
    titles = {**texts.parts, **texts.fit, "sources": texts.page["sources"]}
    return [(one.reason, one.part) for one in check_frame(html, Ground(load(study), studies(), texts.house), titles)]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    made = {}
    for study in ("limoges", "stsinj"):
        folder: Path = tmp_path_factory.mktemp(study)
        publish(load(study), studies(), folder, fit_files(load(study), studies()))
        made[study] = {name: (folder / name).read_text("utf-8") for name in PAGES}
    return made


@pytest.mark.parametrize("study", ["limoges", "stsinj"])
@pytest.mark.parametrize("name", PAGES)
def test_our_own_pages_pass(pages: dict[str, dict[str, str]], study: str, name: str) -> None:
    assert found(pages[study][name], name[:2], study) == []


@pytest.mark.parametrize(
    ("old", "new", "defect"),
    [
        ("<h2>Is it safe? What reports say</h2>", "<h2>It is safe</h2>", ("changed_text", "safety")),
        ("<h2>Sources</h2>", "<h2>Proof that it works</h2>", ("changed_text", "sources")),
        ("<footer>", "<footer><p>Most people got better: 4 of 5.</p>", ("no_source", "footer")),
        ("<footer>", "<footer><p>The cream is harmless.</p>", ("no_source", "footer")),
        ("<footer>", "<footer><p>Also for lupus.</p>", ("no_source", "footer")),
        ('<li id="source-1">', '<li id="source-1">Our own leaflet: ', ("unknown_source", "sources")),
        ('<h1 lang="en">', '<h1 lang="en">Proven: ', ("changed_text", "title")),
    ],
)
def test_a_claim_in_the_frame_is_found(
    pages: dict[str, dict[str, str]], old: str, new: str, defect: tuple[str, str]
) -> None:
    page = pages["limoges"]["en.html"]
    assert old in page
    assert defect in found(page.replace(old, new, 1))


def test_a_source_under_another_address_is_found(pages: dict[str, dict[str, str]]) -> None:
    page = pages["limoges"]["en.html"]
    head, _mark, tail = page.partition('<li id="source-1">')
    start, end = tail.index('href="') + 6, tail.index('"', tail.index('href="') + 6)
    forged = f'{head}<li id="source-1">{tail[:start]}https://example.org/{tail[end:]}'
    assert found(forged) == [("unknown_source", "sources")]


def test_a_part_that_the_catalogue_does_not_have_may_not_claim_in_its_title(pages: dict[str, dict[str, str]]) -> None:
    extra = '<section id="more"><h2>All patients were cured</h2></section><footer>'
    assert found(pages["limoges"]["en.html"].replace("<footer>", extra, 1)) == [("no_source", "more")]
