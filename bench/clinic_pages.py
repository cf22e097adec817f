"""What pages weigh on the wire, and what fifty visits cost beside one.

Run `python bench/clinic_pages.py`. Weight is measured in a demo home with everything that a page loads (style, script,
pictures), each file once; the viewer of images is no part of it. Pages are asked through the whole stack of Django,
without a network.
"""

import os
import re
import statistics
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urljoin

from clinic_home import ANSWERS, BY, STUDY
from django.test import Client
from rich.console import Console
from tests.signing_in import sign_in_by_grant

from calcitrial import demonstration
from calcitrial.lesions import locate
from calcitrial.participants import make_code
from calcitrial.protocol import Protocol, load
from calcitrial.record import Draft, Place, connect, open_study

LIMIT = 150_000  # bytes, compressed
TURNS = 3
SITES = (("knee", "left"), ("elbow, extensor", "right"), ("thumb, distal phalanx", "left"), ("great toe", "right"))
VIEWS = ("front", "back", "left hand", "right foot")
DEMO, PERSON, OTHER = "limoges", make_code("LIMOGES SIMULATED", 1), make_code("PITTSBURGH SIMULATED", 1)
ABOUT = f"{DEMO}/participants/{PERSON}"
# Who opens which page of the demo.
WEIGHED = {
    "nils.nurse": (
        "", "today/", f"{DEMO}/today/", f"{DEMO}/", f"{ABOUT}/", f"{ABOUT}/visits/", f"{ABOUT}/forms/conmed/",
        f"{ABOUT}/visits/BL/begin/", f"{ABOUT}/consent/", f"{ABOUT}/screening/", f"{ABOUT}/map/", f"{ABOUT}/events/",
        f"{ABOUT}/events/new/", f"{ABOUT}/diary/", f"{ABOUT}/injections/", f"{DEMO}/diary/", f"{DEMO}/queries/",
        f"{DEMO}/screening/", f"{DEMO}/safety/", f"{DEMO}/lesions/", f"{DEMO}/forms/blank/",
    ),
    "dana.datamanager": (
        f"{STUDY}/monitoring/", f"{STUDY}/history/?participant={OTHER}", f"{STUDY}/protocol/", f"{STUDY}/locks/",
        f"{STUDY}/trail-review/", f"{STUDY}/participants/{OTHER}/review/", f"{STUDY}/people/", f"{STUDY}/agreement/",
    ),
}  # fmt: skip


def report() -> str:
    """Return the two tables; each is made in a folder that is gone afterwards."""
    tables = []
    for part in (weights, timeline):
        with tempfile.TemporaryDirectory() as folder:
            tables.append(part(Path(folder)))
    return "\n\n".join([*tables, f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"])


def browser() -> Client:
    """Return a browser that takes compressed pages."""
    return Client(headers={"host": "127.0.0.1", "accept-encoding": "gzip"})


def body(client: Client, path: str) -> tuple[int, bytes, bytes]:
    """Return status, what comes over the wire, and the same unpacked."""
    answer = client.get(path)
    sent = b"".join(answer.streaming_content) if answer.streaming else answer.content
    plain = client.get(path, headers={"accept-encoding": "identity"})
    return answer.status_code, sent, b"".join(plain.streaming_content) if plain.streaming else plain.content


def weights(folder: Path) -> str:
    """Return how heavy the main pages of the demo are with all that they load, compressed and not."""
    demonstration.run(folder, 12, 1, Console(quiet=True))
    lines = [f"{'page of the demo (12 participants)':<44}{'kB sent':>9}{'kB':>7}{'of which page':>15}"]
    for person, paths in WEIGHED.items():
        client = browser()
        client.post("/sign-in/as/", {"person": person})
        for path in paths:
            lines.append(_weight(client, f"/{path}"))
    return "\n".join(lines)


def _weight(client: Client, path: str) -> str:
    status, sent, plain = body(client, path)
    if status != 200:
        raise SystemExit(f"{path} answers {status}.")
    page, there = len(sent), {path}
    whole, bare, waiting = page, len(plain), _loads(path, plain)
    while waiting:
        one = waiting.pop()
        if one in there:
            continue
        there.add(one)
        status, sent, plain = body(client, one)
        if status == 200:
            whole, bare = whole + len(sent), bare + len(plain)
            waiting |= _loads(one, plain) if one.endswith((".js", ".css")) else set()
    heavy = "  above 150 kB" if whole > LIMIT else ""
    return f"{path:<44}{whole / 1000:>9.0f}{bare / 1000:>7.0f}{page / 1000:>15.0f}{heavy}"


def _loads(path: str, content: bytes) -> set[str]:
    """Return what a page, a style or a script makes a browser load with it."""
    text = content.decode("utf-8", "replace")
    found = re.findall(r'<link[^>]+rel="(?:stylesheet|icon)"[^>]*href="([^"]+)"', text)
    found += re.findall(r'<(?:script|img|iframe|object)[^>]+(?:src|data)="([^"]+)"', text)
    found += re.findall(r'(?:import|from)\s+"(\./[^"]+)"', text) + re.findall(r'url\("?([^")]+)"?\)', text)
    return {urljoin(path, one) for one in found if not one.startswith(("data:", "http", "#"))}


def timeline(folder: Path) -> str:
    """Return what the page of a participant with 50 visits and 40 lesions costs beside one with one of each."""
    found = {}
    for visits, lesions in ((1, 1), (50, 1), (1, 40), (50, 40)):
        connect(folder / f"{visits}-{lesions}", create=True)
        _one_person(visits, lesions)
        client = browser()
        sign_in_by_grant(client, STUDY, "investigator")
        found[visits, lesions] = _timed(client, f"/{STUDY}/participants/P-001/")
    lines = [f"{'participant page':<30}{'seconds':>9}{'processor':>11}{'ratio':>7}{'kB':>7}{'ratio':>7}"]
    first = found[1, 1]
    for (visits, lesions), (seconds, used, size) in found.items():
        name = f"{visits} visits, {lesions} lesions"
        lines.append(
            f"{name:<30}{seconds:>9.3f}{used:>11.3f}{used / first[1]:>7.1f}{size / 1000:>7.0f}{size / first[2]:>7.1f}"
        )
    return "\n".join(lines)


def _timed(client: Client, path: str) -> tuple[float, float, int]:
    """Return the median seconds of a page after a first time, by clock and processor, and its bytes compressed."""
    taken, used, size = [], [], 0
    for _turn in range(TURNS + 1):
        begin, before = time.perf_counter(), time.process_time()
        answer = client.get(path)
        taken.append(time.perf_counter() - begin)
        used.append(time.process_time() - before)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answers {answer.status_code}.")
        size = len(answer.content)
    return statistics.median(taken[1:]), statistics.median(used[1:]), size


def _long(visits: int) -> Protocol:
    """Return the protocol with this many visits from baseline on, a week apart."""
    protocol = load(STUDY)
    pattern = protocol.visit("W04")
    if pattern is None:
        raise SystemExit("The protocol has no visit W04 any more.")
    first = [visit for visit in protocol.visits if visit.kind in ("screening", "baseline")]
    more = [
        pattern.model_copy(
            update={"id": f"V{n:02d}", "label": f"Visit {n}", "day": 7 * n, "window": (7 * n - 2, 7 * n + 2)}
        )
        for n in range(1, visits)
    ]
    last = "V01" if visits > 1 else "BL"
    ends = tuple(end.model_copy(update={"visit": last}) for end in protocol.endpoints)
    return protocol.model_copy(update={"visits": (*first, *more), "endpoints": ends})


def _one_person(visits: int, lesions: int) -> None:
    protocol, code, start = _long(visits), "P-001", date(2026, 1, 12)
    door = open_study(protocol, "bench")
    screened = ANSWERS | {"site": "Site 1", "age_years": 40, "screening_date": "2026-01-05"}
    drafts = [
        Draft(Place(code, "screening"), screened),
        Draft(Place(code, "enrolment"), {"enrolment_date": "2026-01-10"}),
    ]
    names = [f"{code}-L{number}" for number in range(1, lesions + 1)]
    for number, name in enumerate(names):
        (site, side), view = SITES[number % len(SITES)], VIEWS[number % len(SITES)]
        x, y = locate(site, side, view)
        where = {"body_site": site, "side": side, "view": view, "map_x": x, "map_y": y, "role": "target"}
        drafts.append(Draft(Place(code, "lesion", lesion=name), where))
    door.enter(drafts, BY)
    for week, visit in enumerate(visit for visit in protocol.visits if visit.kind != "screening"):
        on = (start + timedelta(days=7 * week)).isoformat()
        drafts = [
            Draft(Place(code, "visit", visit.id), {"visit_date": on}),
            Draft(Place(code, "pain", visit.id), {"pain_nrs": week % 10}),
        ]
        for name in names:
            drafts.append(Draft(Place(code, "injection", visit.id, name), SHOT))
            drafts.append(Draft(Place(code, "ct_measurement", visit.id, name), MEASURED))
        door.enter(drafts, BY)


SHOT = {"injected": True, "concentration": 150, "volume": 0.5, "vial": "LOT-1", "guidance": "ultrasound"}
MEASURED = {
    "mass": "40", "mass_se": "2", "volume_threshold": "80", "hu_mean": 410, "hu_max": 1180, "threshold": 130,
    "software": "bench", "series_uid": "2.25.1", "series_digest": "0" * 64,
}  # fmt: skip


if __name__ == "__main__":
    print(report())
