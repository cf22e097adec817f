"""What a visitor of the demo finds at the desks: consents, diaries, photographs, questions; by the usual verbs."""

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from PIL import Image
from rich.console import Console

from calcitrial import demonstration, verbs
from calcitrial.consents import consented, read_signed, read_text, releases_at
from calcitrial.demonstration.consents import MINORS
from calcitrial.demonstration.people import SITES, STAFF
from calcitrial.demonstration.photographs import photograph
from calcitrial.identity import open_vault
from calcitrial.participants import make_code
from calcitrial.quality import signatures_in, unacknowledged
from calcitrial.record import Cut, close, current_rows, trail_of
from tests.one_submission import counted

STUDIES = ("stsinj", "limoges")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The demo of twelve people per trial."""
    made = tmp_path_factory.mktemp("desks") / "home"
    demonstration.run(made, 12, 1, Console(file=io.StringIO()))
    yield made
    close()


def rows(study: str, form: str) -> list[dict[str, str]]:
    cut: Cut = verbs.cut(study)
    return list(cut.table(form).iter_rows(named=True))


@pytest.mark.parametrize("study", STUDIES)
def test_everybody_who_was_enrolled_has_signed_a_text_that_was_in_use(home: Path, study: str) -> None:
    door, site = verbs.door(study), SITES[study].id
    texts = {text.sha256: text for one in releases_at(door, site) for text in one.texts.values()}
    assert {text.language for text in texts.values()} == {"en", "fr"}
    for digest in texts:
        words = read_text(home / "consents" / study, digest)
        assert "SIMUL" in words.split("\n")[0]
    for row in rows(study, "enrolment"):
        assert consented(door, row["participant"], date.fromisoformat(row["enrolment_date"])) == []
    for row in rows(study, "consent"):
        kept = read_signed(
            open_vault(home), home / "consents" / study, study, row["participant"], row["signature_sha256"]
        )
        assert row["decision"] == "given" and (kept[:4] == b"\x89PNG" or b"SIMULATED" in kept)


def test_young_people_assent_after_both_parents(home: Path) -> None:
    site = SITES["limoges"].id
    for number, age in MINORS.items():
        code = make_code(site, number)
        mine = [row for row in rows("limoges", "consent") if row["participant"] == code]
        assert [(row["consent_kind"], row["signer"]) for row in mine] == [
            ("parental consent", "parent"),
            ("parental consent", "second parent"),
            ("assent", "participant"),
        ]
        assert {row["age_at_consent"] for row in mine} == {str(age)}
        assert open_vault(home).age("limoges", code, date.fromisoformat(mine[0]["consented_on"])) == age


@pytest.mark.parametrize("study", STUDIES)
def test_who_left_has_a_withdrawal_and_enters_nothing_after_it(home: Path, study: str) -> None:
    left = {row["participant"]: row["withdrawn_on"] for row in rows(study, "withdrawal")}
    gone = {row["participant"] for row in rows(study, "end_of_study") if row["end_reason"] == "withdrew consent"}
    assert left.keys() == gone and left
    for row in rows(study, "visit"):
        assert row["visit_date"] <= left.get(row["participant"], "9999")


@pytest.mark.parametrize("study", STUDIES)
def test_diaries_are_told_by_link_telephone_and_proxy_and_some_are_missing(home: Path, study: str) -> None:
    answers = rows(study, "diary_entry")
    assert {row["by_way_of"] for row in answers} == {"personal link", "telephone", "in the clinic"}
    assert {row["told_by"] for row in answers} == {"participant", "proxy", "physician"}
    assert any(row["left_out"] == "true" for row in answers)
    told = {(row["participant"], row["repeat"]) for row in answers if row["repeat"].startswith("pain_nrs")}
    held = [row for row in rows(study, "visit") if row["visit"] != "SCR"]
    assert len(held) / 2 < len({(code, repeat.rpartition(":")[0]) for code, repeat in told}) < len(held)


def test_injected_people_tell_of_less_pain_where_their_lesions_shrank(home: Path) -> None:
    pain: dict[tuple[str, str], int] = {}
    for row in rows("stsinj", "diary_entry"):
        name, visit, item = row["repeat"].split(":")
        if (name, item) == ("pain_nrs", "pain_now"):
            pain[row["participant"], visit] = int(row["answer"])
    both = [
        (pain[code, "BL"], value) for (code, visit), value in pain.items() if visit == "W12" and (code, "BL") in pain
    ]
    assert len(both) >= 5 and sum(after for _before, after in both) < sum(before for before, _after in both)


@pytest.mark.parametrize("study", STUDIES)
def test_photographs_lie_where_the_record_says_and_say_that_they_are_simulated(home: Path, study: str) -> None:
    digests = {row["photo"] for row in rows(study, "lesion")} - {None}
    assert len(digests) >= 4
    for digest in digests:
        content = (home / "photos" / f"{digest}.jpg").read_bytes()
        assert len(content) < 40_000 and Image.open(io.BytesIO(content)).size == (420, 300)


def test_equal_lesions_give_equal_photographs() -> None:
    assert photograph("A-1", 4.0) == photograph("A-1", 4.0) != photograph("A-2", 4.0)
    flat, large = (np_mean(photograph("A-1", size)) for size in (2.0, 8.0))
    assert large > flat + 3  # a larger lump is more of the paler skin


def np_mean(content: bytes) -> float:
    picture = Image.open(io.BytesIO(content)).convert("L")
    return sum(picture.get_flattened_data()) / (picture.width * picture.height)  # type: ignore[arg-type]


@pytest.mark.parametrize("study", STUDIES)
def test_nothing_is_told_of_days_after_the_last(home: Path, study: str) -> None:
    cut = verbs.cut(study)
    last = max(step.at for step in trail_of(study, current_rows(study)["number"].to_list()))
    assert date.fromisoformat(last[:10]) == demonstration.UNTIL
    assert cut.table("visit")["visit_date"].max() == demonstration.UNTIL.isoformat()


@pytest.mark.parametrize("study", STUDIES)
def test_queries_stand_in_every_state_and_a_signature_is_void(home: Path, study: str) -> None:
    assert {row["query_state"] for row in rows(study, "query")} == {"open", "answered", "closed"}
    found = signatures_in(current_rows(study))
    assert any(one.void for one in found) and not all(one.void for one in found)


@pytest.mark.parametrize(("study", "role"), [(study, role) for study in STUDIES for role in STAFF["stsinj"]])
def test_something_waits_for_every_role(home: Path, study: str, role: str) -> None:
    client, name = Client(headers={"host": "127.0.0.1"}), STAFF[study][role]
    with counted() as more:
        client.get("/sign-in/")
        client.post("/sign-in/as/", {"person": name})
        page = client.get(f"/{study}/today/").content.decode()
    assert more == [] and "Nothing waits for you" not in page and "wait" in page


@pytest.mark.parametrize("study", STUDIES)
def test_the_policy_waits_for_some_and_not_for_who_has_signed(home: Path, study: str) -> None:
    held = current_rows(study, "", ("policy", "policy_acknowledgement"))
    waits = {role for role, name in STAFF[study].items() if unacknowledged(held, name, demonstration.UNTIL)}
    assert {"sponsor", "statistician", "assessor"} <= waits and not waits & {"investigator", "monitor", "study_nurse"}


def test_the_log_has_people_who_never_came_and_one_enquiry(home: Path) -> None:
    lines = rows("limoges", "prescreening")
    outcomes = [row["prescreening_outcome"] for row in lines]
    assert {"not eligible", "declined", "to be screened"} == set(outcomes)
    assert [row["found_by"] for row in lines].count("own enquiry") == len(rows("limoges", "enquiry")) == 1
    taken = {row["prescreening_number"] for row in rows("limoges", "registration")}
    waiting = [row for row in lines if row["prescreening_outcome"] == "to be screened" and row["repeat"] not in taken]
    assert [row["found_by"] for row in waiting] == ["own enquiry"]
