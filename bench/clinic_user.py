"""One simulated person at the pages: signs in, opens pages, thinks, saves; now and then twice, or cut off."""

import contextlib
import gzip
import http.client
import random
import re
import time
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlencode

from clinic_home import PASSWORD, STUDY, Person

THINK = (0.5, 1.5)
TWICE, CUT = 0.02, 0.01  # shares of the saves that are sent twice at once, and during which the connection breaks
PATIENCE = 60
FORM = "application/x-www-form-urlencoded"


@dataclass
class Save:
    """One save: where, on which version, with which mark in it, and how it ended.

    `ended` is 'saved', 'refused', 'broken' (all was sent, no answer was heard) or 'half' (a part was sent).
    """

    author: str
    participant: str
    form: str
    visit: str
    repeat: str
    expected: int
    mark: str
    ended: str = ""
    twice: bool = False


@dataclass
class Diary:
    """What one person saw: (kind, seconds) of every answer, (kind, status) of every failure, and their saves."""

    times: list[tuple[str, float]] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    saves: list[Save] = field(default_factory=list)


class Seat:
    """A browser as far as it is needed: one connection kept open, cookies, tokens of forms."""

    def __init__(self, port: int, person: Person, seed: int) -> None:
        self.port, self.person, self.random = port, person, random.Random(seed)
        self.cookies: dict[str, str] = {}
        self.link = self._connect()
        self.diary = Diary()
        self.count = 0
        self.medicines = dict.fromkeys(person.own, 1)
        self.waiting = set(person.own)  # whose third visit has not begun

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def _headers(self, length: int = 0) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Content-Type": FORM, "Content-Length": str(length)} if length else {}
        return {"Cookie": cookies, "User-Agent": "bench", "Accept-Encoding": "gzip", **sent}

    def ask(self, path: str, body: bytes = b"") -> tuple[int, str, str]:
        """Return status, text and Location of an answer; status 0 when none came."""
        try:
            try:
                answer = self._answer(path, body)
            except (ConnectionError, http.client.BadStatusLine):
                if body:
                    raise
                # The server closes a connection that was idle; a browser then asks again on a new one.
                self.link.close()
                answer = self._answer(path, body)
            sent = answer.read()
            text = (gzip.decompress(sent) if answer.getheader("Content-Encoding") == "gzip" else sent).decode()
        except (OSError, http.client.HTTPException):
            self.link.close()
            self.link = self._connect()
            return 0, "", ""
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _sign, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return answer.status, text, answer.getheader("Location", "")

    def _answer(self, path: str, body: bytes) -> http.client.HTTPResponse:
        self.link.request("POST" if body else "GET", path, body or None, self._headers(len(body)))
        return self.link.getresponse()

    def sign_in(self) -> None:
        """Sign in through the form, with its token."""
        _status, page, _to = self.ask("/sign-in/")
        wanted = {"csrfmiddlewaretoken": token(page), "name": self.person.name, "password": PASSWORD}
        status, page, _to = self.ask("/sign-in/", urlencode(wanted).encode())
        if status != 302:
            raise SystemExit(f"{self.person.name} cannot sign in: {status} {page[:2000]}")
        self.link.close()  # idle until everybody is signed in

    def think(self) -> None:
        """Wait as people do between two clicks."""
        time.sleep(self.random.uniform(*THINK))

    def open(self, kind: str, path: str) -> str:
        """Open a page as a click does, and return its text; '' when it did not come."""
        begin = time.perf_counter()
        status, text, _to = self.ask(path)
        self.diary.times.append((kind, time.perf_counter() - begin))
        if status != 200:
            self.diary.errors.append((kind, str(status or "no answer")))
            return ""
        return text

    def work(self, until: float) -> None:
        """Open pages and save forms until the clock says stop."""
        time.sleep(self.random.uniform(0, THINK[1]))
        while time.perf_counter() < until:
            kind = self.random.choices(("today", "participants", "participant", "save"), (15, 15, 25, 45))[0]
            everybody = (*self.person.own, *self.person.shared)
            if kind == "save" and self.person.own:
                self.save()
            elif kind in ("today", "participants"):
                self.open(kind, f"/{STUDY}/today/" if kind == "today" else f"/{STUDY}/")
            else:
                self.open("participant", f"/{STUDY}/participants/{self.random.choice(everybody)}/")
            self.think()

    def save(self) -> None:
        """Open a form, fill it in, save it, and follow to the page that shows the result."""
        self.count += 1
        one, path, typed = self._chosen()
        page = self.open("form", path)
        if not page:
            return
        seen = re.search(r'name="_expected" value="(\d+)"', page)
        one.expected = int(seen[1]) if seen else 0
        wanted = {"csrfmiddlewaretoken": token(page), **typed}
        if one.form == "pain":
            # Another answer than the one that stands: the same again would be no entry.
            stands = re.search(r'<input[^>]*name="pain_nrs"[^>]*value="(\d+)"', page)
            wanted["pain_nrs"] = str((int(stands[1]) + 1) % 11 if stands else 0)
        if one.form != "visit":
            wanted |= {"_expected": str(one.expected), "_action": "finish"}
            wanted |= {"_reason": one.mark} if one.expected else {}
        self.think()
        self._send(one, path, urlencode(wanted).encode())

    def _chosen(self) -> tuple[Save, str, dict[str, str]]:
        """Return what is saved next, on which page, and what is typed there."""
        name, mark = self.person.name, f"{self.person.name}-{self.count}"
        kind = self.random.choices(("new", "change", "pain", "shared"), (30, 25, 30, 15))[0]
        code = self.random.choice(self.person.own)
        forms = f"/{STUDY}/participants/{code}/forms"
        medicine = {"cm_name": mark, "cm_ongoing": "true", "cm_dose": "1", "cm_unit": "mg", "cm_route": "oral"}
        if code in self.waiting and self.random.random() < 0.3:
            self.waiting.discard(code)
            path = f"/{STUDY}/participants/{code}/visits/W08/begin/"
            return Save(name, code, "visit", "W08", "", 0, ""), path, {"visit_date": str(date.today())}
        if kind == "new":
            self.medicines[code] += 1
            repeat = f"CM{self.medicines[code]}"
            return Save(name, code, "conmed", "", repeat, 0, mark), f"{forms}/conmed/?repeat={repeat}", medicine
        if kind == "change":
            repeat = f"CM{self.random.randint(1, self.medicines[code])}"
            return Save(name, code, "conmed", "", repeat, 0, mark), f"{forms}/conmed/?repeat={repeat}", medicine
        if kind == "shared":
            code = self.random.choice(self.person.shared)
            path = f"/{STUDY}/participants/{code}/forms/conmed/?repeat=CM1"
            return Save(name, code, "conmed", "", "CM1", 0, mark), path, medicine
        visit = self.random.choice(("BL", "W04"))
        return Save(name, code, "pain", visit, "", 0, mark), f"{forms}/pain/?visit={visit}", {"pain_nrs": ""}

    def _send(self, one: Save, path: str, body: bytes) -> None:
        chance = self.random.random()
        self.diary.saves.append(one)
        if chance < CUT:
            self._cut_off(one, path, body)
            return
        one.twice = chance < CUT + TWICE
        second = self._second(path, body) if one.twice else None
        begin = time.perf_counter()
        status, text, to = self.ask(path, body)
        self.diary.times.append(("save", time.perf_counter() - begin))
        if second is not None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                second.getresponse().read()
            second.close()
        one.ended = {303: "saved", 422: "refused", 0: "broken"}.get(status, "refused")
        if status == 303:
            self.open("visits", to)
        elif status != 422 or not self._stale(one, text):
            self.diary.errors.append(("save", f"{status or 'no answer'}: {sentence(text)}"))

    def _stale(self, one: Save, text: str) -> bool:
        """Return whether a save was refused because somebody else had saved meanwhile."""
        return one.participant in self.person.shared and "after you opened it" in text

    def _second(self, path: str, body: bytes) -> http.client.HTTPConnection | None:
        """Send the same save on a second connection, before the first."""
        link = self._connect()
        try:
            link.request("POST", path, body, self._headers(len(body)))
        except OSError:
            return None
        return link

    def _cut_off(self, one: Save, path: str, body: bytes) -> None:
        """Send a save, half of it or all, and break the connection before an answer comes."""
        half = self.random.random() < 0.5
        one.ended = "half" if half else "broken"
        link = self._connect()
        with contextlib.suppress(OSError):
            link.putrequest("POST", path, skip_accept_encoding=True)
            for name, value in self._headers(len(body)).items():
                link.putheader(name, value)
            link.endheaders(body[: len(body) // 2] if half else body)
        link.close()


def token(page: str) -> str:
    """Return the token of the page's form against forged requests."""
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    return found[1] if found else ""


def sentence(page: str) -> str:
    """Return the sentence of a refusal, as far as it can be found."""
    found = re.search(r'class="(?:problems|lead)[^>]*>(.*?)</(?:section|div|p)>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1] if found else "").split())[:160]
