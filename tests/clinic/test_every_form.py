"""Something strange in every field of every form of every page: scripts, ten megabytes, files that are no pictures.

The forms are read from the pages as a browser has them, so a new form is tried without anybody's thinking of it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from calcitrial.record import close, connect, read_head
from tests.clinic.every_form import HtmlForm, clients, every_form, upload
from tests.clinic.test_bad_input import RAW, SCRIPT
from tests.clinic.test_rights import STUDY, fill, table

LONG = "ten megabytes " * 750_000
REFUSED = {400, 403, 404, 405, 409, 413, 422, 429}


@pytest.fixture
def browsers(tmp_path: Path) -> Iterator[dict[str, Client]]:
    connect(tmp_path, create=True)
    fill()
    yield clients()
    close()


def sent(client: Client, form: HtmlForm, values: dict[str, Any]) -> Any:
    answer = client.post(form.action, values)
    return client.get(answer["Location"]) if answer.status_code in (302, 303) else answer


def test_a_script_in_every_text_field_of_every_form_stays_text(browsers: dict[str, Client]) -> None:
    tried, live, broken = 0, [], []
    for client, form in list(every_form(browsers)):
        if not form.texts:
            continue
        answer = sent(client, form, form.filled(SCRIPT))
        tried += len(form.texts)
        broken += [f"{form.action}: {answer.status_code}"] if answer.status_code >= 500 else []
        live += [form.action] if RAW in answer.content.decode("utf-8", "replace") else []
    assert broken == [] and live == [] and tried > 100, tried
    for name, client in browsers.items():
        for row in table().values():
            if row.method == "GET" and row.opens_to(name) and not row.page.startswith(("api:", "sign_out")):
                answer = client.get(row.address())
                html = not answer.streaming and "html" in answer.headers.get("Content-Type", "")
                assert not (html and RAW in answer.content.decode()), f"{name} {row.page}"


def test_ten_megabytes_in_a_text_field_of_every_form_are_refused(browsers: dict[str, Client]) -> None:
    before, wrong, tried = read_head(STUDY), [], 0
    for client, form in list(every_form(browsers)):
        for name in form.texts[:1]:
            tried += 1
            answer = client.post(form.action, form.filled("x") | {name: LONG})
            if answer.status_code not in REFUSED:
                wrong.append(f"{form.action} {name}: {answer.status_code}")
    assert wrong == [] and tried > 25, tried
    assert read_head(STUDY) == before


def test_a_file_that_is_not_what_it_says_is_refused_by_every_form_that_takes_one(browsers: dict[str, Client]) -> None:
    before, wrong, tried = read_head(STUDY), [], 0
    for client, form in list(every_form(browsers)):
        for name in form.files:
            for content in (SCRIPT.encode(), b"\x89PNG\r\n\x1a\n but no picture", b"%PDF-1.7 nothing", b""):
                tried += 1
                answer = client.post(form.action, form.filled("x") | {name: upload(content)})
                if answer.status_code not in REFUSED:
                    wrong.append(f"{form.action} {name}: {answer.status_code} for {content[:12]!r}")
    assert wrong == [] and tried >= 8, tried
    assert read_head(STUDY) == before
