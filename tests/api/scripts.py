"""Scripts for tests: somebody with one role, who asks with a token and nothing else."""

import json
from collections.abc import Iterable
from typing import Any

from django.test import Client

from calcitrial.people import capabilities_of, issue_token
from calcitrial.record import acts_of, now, read_head
from tests.signing_in import PASSWORD, sign_in

# How many submissions each act made, by its name; what the program itself does afterwards (mail) is not counted.
YIELDED: dict[str, list[int]] = {}


class Script:
    """A program that asks with a token for one person in one study."""

    def __init__(self, study: str, role: str, site: str = "", person: str = "", only: Iterable[str] = ()) -> None:
        self.study, self.person = study, person or role
        sign_in(Client(), study, role, site, self.person)  # the account and its role; the session is thrown away
        held = only or capabilities_of([role])
        self.token = issue_token(self.person, study, held, "test", 30, now())
        self.client = client_of(self.token)

    @property
    def proof(self) -> dict[str, str]:
        """Both components of this person's signature."""
        return {"password": PASSWORD, "code": self.person}

    def answer(self, act: str, **body: Any) -> tuple[int, Any]:
        """Do an act and return status and answer."""
        return sent(self.client, self.study, act, body)

    def do(self, act: str, **body: Any) -> dict[str, Any]:
        """Do an act that must succeed, as at most one submission of this person, and return its answer."""
        before = read_head(self.study).sequence
        status, told = self.answer(act, **body)
        assert status == 200, told
        made = [one for one in acts_of(self.study, self.person, "") if one.sequence > before]
        YIELDED.setdefault(act, []).append(len(made))
        assert len(made) <= 1, f"{act} made {len(made)} submissions"
        return dict(told)

    def refused(self, act: str, **body: Any) -> str:
        """Do an act that must be refused with 422 and return its sentences."""
        status, told = self.answer(act, **body)
        assert status == 422, told
        return " ".join(f"{one['what']} {one['instead']}" for one in told["problems"])

    def read(self, path: str) -> Any:
        """Return what an address under the study says."""
        response = self.client.get(f"/api/v1/{self.study}/{path}")
        assert response.status_code == 200, response.content
        return response.json()


def client_of(token: str) -> Client:
    """A client that asks with this token."""
    return Client(headers={"host": "127.0.0.1", "authorization": f"Bearer {token}"}, raise_request_exception=False)


def sent(client: Client, study: str, act: str, body: dict[str, Any]) -> tuple[int, Any]:
    """Post an act and return status and answer."""
    response = client.post(f"/api/v1/{study}/acts/{act}", json.dumps(body), content_type="application/json")
    return response.status_code, response.json()
