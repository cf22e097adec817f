"""Serving the pages of one home on this computer."""

import multiprocessing
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces

from calcitrial.people import has_accounts
from calcitrial.protocol import Problem, refuse
from calcitrial.record import close, connect

TRIES = 50
# Processes that answer: one per core, for a process computes one thing at a time (Python's lock). What each keeps in
# memory is known by the record itself, so they need not talk to each other. Each holds what it knows of large studies.
PROCESSES = 4
# Requests at once in each. More threads only wait for each other, and each holds a connection to the database.
THREADS = 6
FIRST = (
    "Nobody can sign in yet, because this home has no account. Make the first one, an administrator:\n"
    '  calcitrial people add NAME --full-name "…" --identity "…" --administrator --home {home}'
)


def serve(
    home: Path,
    port: int = 8000,
    host: str = "127.0.0.1",
    *,
    address: str = "",
    say: Callable[[str], None] = print,
) -> None:
    """Show the pages of a home until interrupted, on the first free port from `port` on.

    `address` is that of a PostgreSQL record, '' for SQLite in the home. `say` is told where the pages are.
    Raises RefusedError when there is no home, no port is free, or the host can be reached from elsewhere.
    """
    _only_here(host)
    # The worker is a process of its own and reads home and address from the environment that connect sets.
    connect(home.resolve(), address)
    if not has_accounts():
        say(FIRST.format(home=home))
    close()  # the worker opens the record itself
    free = free_port(host, port)
    if free != port:
        say(f"Port {port} is taken, so the pages are at port {free}.")
    # Messages name the page that they are about.
    os.environ.setdefault("CALCITRIAL_ADDRESS", f"http://{host}:{free}")
    say(f"The pages of {home} are at http://{host}:{free}/ (end with Ctrl-C).")
    # The worker must begin anew: a forked one would inherit the locks of threads that the demo's work has left
    # (polars'), and hang at its first page.
    multiprocessing.set_start_method("spawn", force=True)
    # Tables of a page are small: handing them to threads of polars and back takes longer than the work.
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    Granian(
        "calcitrial.serving:application",
        address=host,
        port=free,
        interface=Interfaces.WSGI,
        workers=processes(),
        blocking_threads=THREADS,
        log_enabled=False,
    ).serve()


def processes() -> int:
    """Return how many processes answer: one per core that this program may use, up to PROCESSES."""
    return min(len(os.sched_getaffinity(0)), PROCESSES)


def _only_here(host: str) -> None:
    """Refuse a host that others can reach: passwords and data would go over the network in the clear (no TLS here)."""
    local = host == "localhost"
    with suppress(ValueError):
        local = local or ip_address(host).is_loopback
    if not local:
        what = f"The host {host!r} can be reached from other computers, and the pages are not encrypted on the way."
        refuse([Problem("host", what, "Serve on 127.0.0.1, and reach it from elsewhere through an SSH tunnel.")])


def free_port(host: str, first: int) -> int:
    """Return the first port from `first` on that nobody listens at; RefusedError when there is none near."""
    for port in range(first, min(first + TRIES, 65536)):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((host, port))
            except (OSError, OverflowError):
                continue
            return port
    what = f"No port from {first} to {first + TRIES - 1} is free."
    refuse([Problem("port", what, "Name another with --port.")])
    raise AssertionError
