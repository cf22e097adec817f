"""A hundred simulated people at the pages of one study, on both databases; then the record is held against their saves.

Run `python bench/clinic.py --users 100 --seconds 120`. The server is the one of `calcitrial serve`, on loopback, in a
process of its own; the people share its computer. They sign in through the form, think 0.5 to 1.5 s between clicks,
open pages and save forms, 2 % of them twice at once, 1 % on a connection that breaks.
"""

import argparse
import os
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from clinic_home import fill, served
from clinic_ledger import faults
from clinic_user import Diary, Save, Seat

from calcitrial.record import connect
from record import databases

USERS, SECONDS = 100, 120
SIGNING_IN = 4  # at once, before the clock starts


def report(users: int = USERS, seconds: float = SECONDS) -> str:
    """Return the tables of both databases; SystemExit when the record does not say what was acknowledged."""
    with databases() as found:
        return "\n\n".join(_on(name, address, users, seconds) for name, address in found.items())


def _on(name: str, address: str, users: int, seconds: float) -> str:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        connect(home, address, create=True)
        people = fill(users)
        with served(home, address) as server:
            seats = [Seat(server.port, person, seed) for seed, person in enumerate(people)]
            with ThreadPoolExecutor(SIGNING_IN) as pool:
                list(pool.map(Seat.sign_in, seats))
            before, used = os.getloadavg()[0], server.cpu()
            taken = _work(seats, seconds)
            load, used = (before, os.getloadavg()[0]), server.cpu() - used
        saves = [one for seat in seats for one in seat.diary.saves]
        wrong = faults(saves, {code for person in people for code in (*person.own, *person.shared)})
        if wrong:
            raise SystemExit("\n".join([f"{name}: the record does not say what was acknowledged.", *wrong[:20]]))
        return _table(name, [seat.diary for seat in seats], saves, taken, load, used)


def _work(seats: Sequence[Seat], seconds: float) -> float:
    begin = time.perf_counter()
    threads = [threading.Thread(target=seat.work, args=[begin + seconds]) for seat in seats]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begin


def _table(
    name: str,
    diaries: Sequence[Diary],
    saves: Sequence[Save],
    seconds: float,
    load: tuple[float, float],
    used: float,
) -> str:
    times: dict[str, list[float]] = {}
    for kind, taken in (one for diary in diaries for one in diary.times):
        times.setdefault(kind, []).append(taken)
    pages = sum(len(taken) for kind, taken in times.items() if kind != "save")
    ended = Counter(one.ended for one in saves)
    requests = sum(map(len, times.values()))
    lines = [
        f"{name}: {len(diaries)} people, {seconds:.0f} s, {os.cpu_count()} cores shared with the people, "
        f"load average {load[0]:.1f} before and {load[1]:.1f} after",
        f"{pages / seconds:.1f} pages/s and {ended['saved'] / seconds:.1f} saves/s; {ended['saved']} saved "
        f"({sum(one.twice for one in saves)} sent twice), {ended['refused']} refused as stale, "
        f"{ended['half']} cut off half-way, {ended['broken']} without an answer; "
        "in the record: none lost, none doubled",
        f"{requests / seconds:.1f} requests/s; the server used {used:.0f} s of processor time, "
        f"{1000 * used / max(requests, 1):.1f} ms a request (its database apart, if that is PostgreSQL)",
        f"{'':<14}{'count':>7}{'median s':>10}{'95 % s':>9}",
    ]
    for kind, taken in sorted(times.items()):
        slow = statistics.quantiles(taken, n=20)[-1] if len(taken) > 1 else taken[0]
        lines.append(f"{kind:<14}{len(taken):>7}{statistics.median(taken):>10.2f}{slow:>9.2f}")
    errors = Counter(one for diary in diaries for one in diary.errors)
    lines += [f"error: {kind} {what}: {count}" for (kind, what), count in errors.most_common()] or ["no errors"]
    return "\n".join(lines)


def main() -> None:
    """Print the tables for as many people and as long as the command line says."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--users", type=int, default=USERS)
    words.add_argument("--seconds", type=float, default=SECONDS)
    asked = words.parse_args()
    print(report(asked.users, asked.seconds))


if __name__ == "__main__":
    main()
