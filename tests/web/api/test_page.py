"""The page for developers: its examples do what they say on the live site, in both languages, for everyone."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from peercert.program.certificates.models import Certificate
from peercert.rules.days import day_of
from peercert.web.doors import now
from peercert.web.public.api import examples
from tests import stories
from tests.web.api.conftest import Machine
from tests.web.axe import violations

#: What differs from one run to the next, the longest shapes first.
DIFFERS = [
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "MOMENT"), (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "ID"),
    (r"\bey[\w-]+\.[\w-]+\.[\w-]+", "RECEIPT"), (r"\b[0-9a-f]{64}\b", "HASH"), (r"\b\d{4}-\d\d-\d\d\b", "DAY"),
]  # fmt: skip


def alike(text: str, number: str) -> Any:
    """The answer without what differs; a file's lines one by one."""
    for pattern, name in DIFFERS:
        text = re.sub(pattern, name, text)
    text = text.replace(number, "NUMBER")
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines()]


def test_every_example_does_what_it_says(machine: Callable[..., Machine]) -> None:
    number = Certificate.objects.get(case=stories.certified(stories.Story())).number
    county = machine()
    for example in examples():
        headers = {name: said for name, said in example.headers.items() if name != "Content-Type"}
        if example.key:
            headers["Authorization"] = f"Bearer {county.secret}"
        # What they ask about is the number of nobody and the day on which they were written, told as today.
        path, body = (
            text.replace("C-7K3M-9QXF", number).replace("2026-11-26", str(day_of(now())))
            for text in (example.path, example.body)
        )
        answer = Client().generic(
            example.method, path, body, example.content_type or "application/octet-stream", headers=headers
        )
        told = answer.getvalue().decode() if answer.streaming else answer.content.decode()
        assert (example.code, answer.status_code) == (example.code, example.status), told
        assert alike(told, number) == alike(example.answer, "C-7K3M-9QXF"), example.code


def test_every_code_has_its_place_and_both_languages_are_there(db: None) -> None:
    page, spanish = (Client().get(f"{prefix}/api/").content.decode() for prefix in ("", "/es"))
    told = json.loads(Client().get("/api/v1/certificates/C-0000-0000").content)
    place = told["type"].rpartition("#")[2]
    for text in (page, spanish):
        assert f'id="{place}"' in text
        assert "/api/v1/openapi.json" in text
    assert "Para quienes desarrollan software" in spanish


@pytest.mark.browser
def test_axe_finds_nothing_and_it_fits_a_small_phone(new_page: Any) -> None:
    page = new_page(viewport={"width": 320, "height": 640})
    for prefix in ("", "/es"):
        page.goto(f"{prefix}/api/")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
