"""The draws: recomputable by anybody with the salt, shuffled, repeats far apart, and never moved by later cases."""

import hashlib
import hmac
import json

from hypothesis import given
from hypothesis import strategies as st

from calcitrial.reading.case import Case, Known
from calcitrial.reading.order import BLUR_MM, blurred, draw, labelled, task_id, turns
from calcitrial.reading.plan import Opened, Plan

salts = st.text("0123456789abcdef", min_size=32, max_size=32)


def opened(salt: str = "5a17", share: float = 0.2, seed: int = 3) -> Opened:
    return Opened(Plan(("R1", "R2"), "R3", seed, share, 25.0), salt, ())


def case(number: int, batch: int = 1, lesions: int = 3) -> Case:
    known = tuple(Known(f"P{number}-L{i}", (10.0 * i, -5.0, 2.5), i) for i in range(1, lesions + 1))
    return Case(f"P{number // 3}", f"V{number % 3}", "ct", f"1.2.{number}", "d" * 64, batch, known)


def test_a_draw_is_the_hmac_that_the_documentation_promises() -> None:
    message = json.dumps([3, "task", "R1", "P0"], separators=(",", ":")).encode()
    assert draw(opened(), "task", "R1", "P0") == hmac.new(b"5a17", message, hashlib.sha256).digest()


@given(salts, st.integers(1, 40), st.sampled_from([0.0, 0.1, 0.2, 0.33, 0.5]))
def test_each_case_comes_once_and_the_share_comes_again_half_a_batch_later(salt: str, count: int, share: float) -> None:
    order = turns(opened(salt, share), "R1", [case(i) for i in range(count)])
    firsts = [one.key for one, second in order if not second]
    seconds = [one.key for one, second in order if second]
    assert sorted(firsts) == sorted(case(i).key for i in range(count))
    assert len(set(seconds)) == len(seconds) == min(int(share * count + 0.5), count // 2)
    for key in seconds:
        first, second = (order.index(next(t for t in order if t[0].key == key and t[1] is s)) for s in (False, True))
        between = sum(1 for _one, again in order[first + 1 : second] if not again)
        assert between >= count // 2 - 1


@given(salts, st.integers(1, 20), st.integers(1, 20))
def test_a_later_batch_comes_behind_and_repeats_earlier_cases_first(salt: str, early: int, late: int) -> None:
    plan = opened(salt, 0.3)
    first = [case(i) for i in range(early)]
    before = turns(plan, "R1", first)
    after = turns(plan, "R1", [*(case(100 + i, 2) for i in range(late)), *first])
    assert after[: len(before)] == before
    new = after[len(before) :]
    repeated = [one for one, second in new if second]
    assert len(new) - len(repeated) == late
    free = early - sum(1 for _one, second in before if second)
    assert sum(1 for one in repeated if one.batch == 1) == min(int(0.3 * late + 0.5), free)


def test_readers_and_salts_get_orders_of_their_own() -> None:
    cases = [case(i) for i in range(30)]
    orders = [turns(opened(salt), reader, cases) for salt in ("a", "b") for reader in ("R1", "R2")]
    assert len({tuple(one.key for one, _second in order) for order in orders}) == 4
    seeded = turns(opened("a", seed=4), "R1", cases)
    assert seeded != orders[0]
    keys = [one.key for one, _second in orders[0]]
    assert keys != sorted(keys)


def test_an_order_does_not_depend_on_how_the_cases_are_listed() -> None:
    cases = [case(i) for i in range(30)]
    assert turns(opened(), "R1", cases) == turns(opened(), "R1", cases[::-1])


def test_over_many_salts_a_case_comes_anywhere() -> None:
    cases = [case(i) for i in range(8)]
    places = [
        [one.key for one, second in turns(opened(f"{n:032x}"), "R1", cases) if not second].index(cases[0].key)
        for n in range(400)
    ]
    counts = [places.count(place) for place in range(8)]
    assert sum((count - 50) ** 2 / 50 for count in counts) < 24.3  # chi-square, 7 degrees of freedom, p = 0.001


def test_ids_of_a_task_its_repeat_and_other_readers_have_nothing_in_common() -> None:
    ids = {task_id(opened(salt), r, (case(1), s)) for salt in ("a", "b") for r in ("R1", "R2") for s in (False, True)}
    assert len(ids) == 8 and all(len(one) == 32 and int(one, 16) >= 0 for one in ids)


def test_labels_are_the_lesions_permuted_anew_for_every_task() -> None:
    orders = set()
    for number in range(20):
        labels = labelled(opened(), "R1", (case(number), False))
        assert list(labels) == ["A", "B", "C"]
        assert {known.lesion for known in labels.values()} == {known.lesion for known in case(number).lesions}
        orders.add(tuple(known.lesion[-2:] for known in labels.values()))
    assert len(orders) >= 4
    many = labelled(opened(), "R1", (case(0, lesions=28), False))
    assert list(many)[24:] == ["Y", "Z", "AA", "AB"]


def test_the_points_of_a_repeat_have_other_digits_but_lie_close() -> None:
    known = case(1).lesions[0]
    points = [blurred(opened(), "R1", (case(1), second), known) for second in (False, True)]
    assert points[0] != points[1]
    for point in points:
        assert point is not None and known.point_mm is not None
        assert all(abs(a - b) <= BLUR_MM + 0.05 for a, b in zip(point, known.point_mm, strict=True))
        assert all(round(a, 1) == a for a in point)
    assert blurred(opened(), "R1", (case(1), False), Known("L", None, 1)) is None
