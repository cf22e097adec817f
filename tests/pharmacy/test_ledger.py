"""The drug ledger balances for every lot and site at every moment, and refuses what a vial cannot do."""

import tempfile
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calcitrial import verbs
from calcitrial.pharmacy import Ledger, Session, count, explain, inject_session, ledger, ledger_of, move, receive
from calcitrial.protocol import RefusedError
from calcitrial.record import Author, Draft, Gateway, Place, connect, make_cut, read_head

from .trial import JUDGED_LIMITS, LOT, PHARMACIST, PHYSICIAN, SITE, begun, protocol_of, shot, stocked

TODAY = date(2026, 1, 9)
SECOND = "sarah"


def states(gateway: Gateway) -> dict[str, int]:
    return dict(Counter(vial.state for vial in ledger(gateway).vials.values()))


def inject_from(
    gateway: Gateway, vial: str, visit: str = "BL", lesion: str = "PIT-001-L1", volume: float = 0.5
) -> None:
    session = Session("PIT-001", visit, {lesion: shot(volume, vial)}, JUDGED_LIMITS)
    inject_session(gateway, session, PHYSICIAN)


def balances(known: Ledger) -> bool:
    """Whether received = used + returned + destroyed + in stock on every line, and every vial is on one line."""
    whole = all(line.received == line.used + line.returned + line.destroyed + line.in_stock for line in known.lines)
    return whole and sum(line.received for line in known.lines) == len(known.vials)


def test_vials_received_await_their_release_and_are_numbered_on(home: Path) -> None:
    gateway = verbs.open_study(protocol_of("stsinj"))
    first = receive(gateway, LOT, PHARMACIST)
    second = receive(gateway, {**LOT, "lot": "B7", "vials": 2}, PHARMACIST)
    assert [name[:6] for name in (*first, *second)] == [f"V{n:05d}" for n in range(1, 7)]
    assert states(gateway) == {"awaiting release": 6}
    assert [(line.lot, line.received, line.in_stock) for line in ledger(gateway).lines] == [("A1", 4, 4), ("B7", 2, 2)]


def test_a_temperature_log_out_of_order_puts_all_vials_into_quarantine(home: Path) -> None:
    gateway = begun()
    vials = stocked(gateway, temperature_ok=False)
    assert {vial.why for vial in ledger(gateway).vials.values()} == {"temperature log not in order"}
    with pytest.raises(RefusedError, match="cannot be released: it is quarantined"):
        move(gateway, "released", vials[:1], TODAY, PHARMACIST)
    with pytest.raises(RefusedError, match="Vials are freed without a reason"):
        move(gateway, "freed", vials[:1], TODAY, PHARMACIST)
    move(gateway, "freed", vials[:1], TODAY, PHARMACIST, reason="the sponsor looked at the log")
    assert states(gateway) == {"quarantined": 3, "available": 1}


@pytest.mark.requirement("ICH E6(R3) 3.15")
def test_destroying_takes_two_persons_and_a_reason(home: Path) -> None:
    gateway = begun()
    vials = stocked(gateway)
    with pytest.raises(RefusedError) as caught:
        move(gateway, "destroyed", vials[:1], TODAY, PHARMACIST)
    assert "without a reason" in str(caught.value) and "by one person alone" in str(caught.value)
    with pytest.raises(RefusedError, match="The second person is Petra, who enters this"):
        move(gateway, "destroyed", vials[:1], TODAY, PHARMACIST, reason="broken", second="Petra")
    move(gateway, "destroyed", vials[:1], TODAY, PHARMACIST, reason="broken", second=SECOND)
    with pytest.raises(RefusedError, match=r"cannot be destroyed: it is destroyed \(broken\)"):
        move(gateway, "destroyed", vials[:1], TODAY, PHARMACIST, reason="again", second=SECOND)
    assert states(gateway) == {"available": 3, "destroyed": 1}


@pytest.mark.requirement("ICH E6(R3) 3.15")
@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        ("expired", r"expired on 2026-01-09\. Take another vial"),
        ("quarantined", r"is quarantined \(the fridge failed\)"),
        ("returned", r"is returned \(recall\)"),
        ("unreleased", "is awaiting release"),
        ("other site", "belongs to the site Elsewhere, not to Test site"),
        ("unknown", "No receipt has the vial"),
        ("none", "No vial is named. Scan the label"),
        ("weak", "is of 100 mg/mL, less than the 150 mg/mL entered"),
        ("small", "holds 25 mg, and 75 mg would be drawn"),
    ],
)
def test_a_vial_that_may_not_be_used_is_refused_with_the_reason(home: Path, trouble: str, sentence: str) -> None:
    gateway = begun()
    changes = {
        "expired": {"expiry": "2026-01-09"},
        "other site": {"site": "Elsewhere"},
        "weak": {"strength": 100},
        "small": {"vial_volume": 0.1},
    }
    if trouble == "unreleased":
        vial = receive(gateway, LOT, PHARMACIST)[0]
    else:
        vial = stocked(gateway, **changes.get(trouble, {}))[0]
    if trouble in ("quarantined", "returned"):
        reason = {"quarantined": "the fridge failed", "returned": "recall"}[trouble]
        move(gateway, trouble, [vial], TODAY, PHARMACIST, reason=reason)
    from calcitrial.pharmacy import vial_id

    name = {"unknown": vial_id("stsinj", 99), "none": ""}.get(trouble, vial)
    before = read_head("stsinj")
    with pytest.raises(RefusedError, match=sentence):
        inject_from(gateway, name)
    assert read_head("stsinj") == before


def test_a_vial_is_for_one_session_and_all_its_lesions(home: Path) -> None:
    gateway = begun()
    first, second, *_rest = stocked(gateway)
    shots = {f"PIT-001-L{n}": shot(0.5, first) for n in (1, 2)}
    inject_session(gateway, Session("PIT-001", "BL", shots, JUDGED_LIMITS), PHYSICIAN)
    assert states(gateway) == {"used": 1, "available": 3}
    with pytest.raises(RefusedError, match="is for a single use and was used for PIT-001 BL"):
        inject_from(gateway, first, "W04")
    with pytest.raises(RefusedError, match=r"was used for PIT-001 BL. A used vial stays used"):
        move(gateway, "returned", [first], TODAY, PHARMACIST, reason="recall")
    inject_from(gateway, second, "W04")
    assert states(gateway) == {"used": 2, "available": 2}


def test_a_vial_of_a_product_for_many_uses_is_used_until_it_is_empty(home: Path) -> None:
    gateway = begun()
    vial = stocked(gateway, single_use=False, vial_volume=0.6, vials=1)[0]  # 150 mg
    inject_from(gateway, vial, "BL")
    assert states(gateway) == {"available": 1} and ledger(gateway).vials[vial].left == 75
    with pytest.raises(RefusedError, match="holds 150 mg, and 165 mg would be drawn"):
        inject_from(gateway, vial, "W04", volume=0.6)
    inject_from(gateway, vial, "W04", volume=0.5)
    assert states(gateway) == {"used": 1}


def test_correcting_what_is_no_dose_is_not_stopped_by_what_became_of_the_vial(home: Path) -> None:
    gateway = begun()
    vial = stocked(gateway, single_use=False)[0]
    inject_from(gateway, vial)
    move(gateway, "quarantined", [vial], TODAY, PHARMACIST, reason="the fridge failed")
    place = Place("PIT-001", "injection", "BL", "PIT-001-L1")
    verbs.enter("stsinj", [Draft(place, {"pain_after": 2}, 1, "asked later")], PHYSICIAN)
    with pytest.raises(RefusedError, match="is quarantined"):
        verbs.enter("stsinj", [Draft(place, {"volume": 0.6}, 2, "misread")], PHYSICIAN)


def test_a_wrong_vial_is_corrected_with_a_reason_and_the_accounts_follow(home: Path) -> None:
    gateway = begun()
    first, second, *_rest = stocked(gateway)
    inject_from(gateway, first)
    place = Place("PIT-001", "injection", "BL", "PIT-001-L1")
    verbs.enter("stsinj", [Draft(place, {"vial": second}, 1, "read the label of the next one")], PHYSICIAN)
    known = ledger(gateway)
    assert (known.vials[first].state, known.vials[second].state) == ("available", "used")


def test_the_same_form_sent_twice_makes_no_second_entry(home: Path) -> None:
    gateway = begun()
    vials = receive(gateway, LOT, PHARMACIST)
    values = {"movement": "released", "site": SITE, "vials_moved": " ".join(vials), "moved_on": "2026-01-09"}
    drafts = [Draft(Place("", "drug_movement", repeat="M1"), values)]
    verbs.enter("stsinj", drafts, PHARMACIST)
    head = read_head("stsinj")
    verbs.enter("stsinj", drafts, PHARMACIST)
    assert read_head("stsinj") == head
    with pytest.raises(RefusedError, match="Version 0 was expected"):
        verbs.enter("stsinj", [Draft(drafts[0].place, {**values, "moved_on": "2026-01-10"})], PHARMACIST)


def test_a_receipt_cannot_lose_a_used_vial_nor_take_the_number_of_another(home: Path) -> None:
    gateway = begun()
    vials = stocked(gateway)
    inject_from(gateway, vials[-1])
    place = Place("", "drug_receipt", repeat="R1")
    with pytest.raises(RefusedError, match=r"was used for PIT-001 BL. Keep it in the receipt"):
        verbs.enter("stsinj", [Draft(place, {"vials": 3}, 1, "miscounted")], PHARMACIST)
    second = Draft(Place("", "drug_receipt", repeat="R2"), {**LOT, "single_use": True, "first_vial": 4})
    with pytest.raises(RefusedError, match="is of receipt R1 already"):
        verbs.enter("stsinj", [second], PHARMACIST)


def test_vials_of_two_sites_are_two_movements(home: Path) -> None:
    gateway = begun()
    here, there = receive(gateway, LOT, PHARMACIST), receive(gateway, {**LOT, "site": "Elsewhere"}, PHARMACIST)
    with pytest.raises(RefusedError, match="Vials are at Elsewhere and Test site, not Test site"):
        move(gateway, "released", [here[0], there[0]], TODAY, PHARMACIST)
    assert {line.site for line in ledger(gateway).at({SITE}).lines} == {SITE}


@pytest.mark.requirement("ICH E6(R3) 3.15")
def test_a_difference_at_a_count_is_open_until_an_entry_explains_it(home: Path) -> None:
    gateway = begun()
    vials = stocked(gateway)
    count(gateway, SITE, "A1", 4, TODAY, PHARMACIST)
    count(gateway, SITE, "A1", 3, TODAY, PHARMACIST)
    assert [one.open for one in ledger(gateway).counts] == [False, True]
    with pytest.raises(RefusedError, match="There is no count C9"):
        explain(gateway, "C9", "-", PHARMACIST)
    explain(gateway, "C2", "V00004 had fallen behind the shelf and broke", PHARMACIST)
    assert not any(one.open for one in ledger(gateway).counts)
    move(gateway, "written off", vials[-1:], TODAY, PHARMACIST, reason="broken, count C2", second=SECOND)
    assert ledger(gateway).in_stock(SITE, "A1") == 3
    with pytest.raises(RefusedError, match="has received nothing of lot 'Z'"):
        count(gateway, SITE, "Z", 3, TODAY, PHARMACIST)
    stale = {"site": SITE, "count_lot": "A1", "counted_on": "2026-01-09", "counted": 4, "ledger_said": 4}
    with pytest.raises(RefusedError, match="The ledger has 3 in stock now, not 4"):
        verbs.enter("stsinj", [Draft(Place("", "drug_count", repeat="C3"), stale)], PHARMACIST)


def test_an_injection_from_before_the_accounts_began_is_told(home: Path) -> None:
    gateway = begun()
    inject_from(gateway, "OLD-1")
    stocked(gateway)
    assert [draw.vial for draw in ledger(gateway).unaccounted] == ["OLD-1"]


STEP = st.one_of(
    st.tuples(st.just("receive"), st.integers(1, 4), st.sampled_from(["A1", "B2"]), st.booleans()),
    st.tuples(st.sampled_from(["released", "quarantined", "freed", "returned", "destroyed", "written off"]),
              st.sets(st.integers(1, 8), min_size=1, max_size=3)),
    st.tuples(st.just("inject"), st.integers(1, 8), st.sampled_from(["BL", "W04", "W08"]), st.integers(1, 2)),
)  # fmt: skip
EXPECTED = {
    "released": ({"awaiting release"}, "available"),
    "quarantined": ({"awaiting release", "available"}, "quarantined"),
    "freed": ({"quarantined"}, "available"),
    "returned": ({"awaiting release", "available", "quarantined"}, "returned"),
    "destroyed": ({"awaiting release", "available", "quarantined"}, "destroyed"),
    "written off": ({"awaiting release", "available", "quarantined"}, "written off"),
}


def name_of(number: int) -> str:
    from calcitrial.pharmacy import vial_id

    return vial_id("stsinj", number)


def attempt(
    gateway: Gateway, step: tuple[object, ...], tally: dict[str, str], used: dict[tuple[str, str], str]
) -> None:
    """Try one step, and keep a tally of our own that knows nothing of the ledger."""
    kind = step[0]
    if kind == "receive":
        begin = len(tally)
        values = {**LOT, "vials": step[1], "lot": step[2], "temperature_ok": step[3]}
        receive(gateway, values, PHARMACIST)
        state = "awaiting release" if step[3] else "quarantined"
        tally.update({name_of(begin + n): state for n in range(1, int(str(step[1])) + 1)})
        return
    if kind == "inject":
        vial, visit, lesion = name_of(int(str(step[1]))), str(step[2]), f"PIT-001-L{step[3]}"
        mine = [place for place, drawn in used.items() if drawn == vial]
        free = tally.get(vial) == "available" or (mine and {place[0] for place in mine} == {visit})
        if (visit, lesion) in used or not tally:
            return
        if free:
            inject_from(gateway, vial, visit, lesion)
            tally[vial], used[visit, lesion] = "used", vial
        else:
            with pytest.raises(RefusedError):
                inject_from(gateway, vial, visit, lesion)
        return
    before, after = EXPECTED[str(kind)]
    names = [name_of(number) for number in sorted(step[1])]  # type: ignore[call-overload]
    by = {"reason": "a reason", "second": SECOND}
    if all(tally.get(name) in before for name in names):
        move(gateway, str(kind), names, TODAY, PHARMACIST, **by)
        tally.update(dict.fromkeys(names, after))
    else:
        with pytest.raises(RefusedError):
            move(gateway, str(kind), names, TODAY, PHARMACIST, **by)


@pytest.mark.requirement("ICH E6(R3) 3.15")
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=4, max_size=14))
def test_received_is_used_and_returned_and_destroyed_and_in_stock_at_every_moment(
    request: pytest.FixtureRequest, engine: str, steps: list[tuple[object, ...]]
) -> None:
    address = request.getfixturevalue("postgresql_server").fresh() if engine == "postgresql" else ""
    with tempfile.TemporaryDirectory() as folder:
        connect(Path(folder), address, create=True)
        try:
            gateway = begun()
            tally: dict[str, str] = {}
            used: dict[tuple[str, str], str] = {}
            for step in [("receive", 4, "A1", True), ("released", {1, 2, 3}), *steps]:
                attempt(gateway, step, tally, used)
                assert {name: vial.state for name, vial in ledger(gateway).vials.items()} == tally
            for sequence in range(1, read_head("stsinj").sequence + 1):
                cut = make_cut("stsinj", "test", sequence)
                assert balances(ledger_of("stsinj", cut.protocol, cut.rows))
        finally:
            connections["default"].close()


def test_another_author_may_be_the_second_person(home: Path) -> None:
    gateway = begun()
    vials = stocked(gateway)
    move(gateway, "destroyed", vials[:2], TODAY, Author("sarah", "pharmacist"), reason="recall", second="petra")
    assert ledger(gateway).lines[0].destroyed == 2
