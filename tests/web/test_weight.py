"""What the first load of an open page weighs, compressed, all files together."""

import re
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils.translation import override

from tests import stories

MOST = 40_000  # bytes, of the 100 KB that an open page may weigh
LANGUAGES = ("en", "es")


def weight(page: bytes) -> dict[str, int]:
    """Bytes on the wire of a page and of every file it names, each file once."""
    names = set(re.findall(rb'(?:src|href)="/static/([^"#]+)', page))
    files = {name.decode(): Path(str(finders.find(name.decode()))).read_bytes() for name in names}
    return {"": len(brotli.compress(page)), **{name: len(brotli.compress(body)) for name, body in files.items()}}


def is_light(answer: HttpResponse) -> bool:
    """Whether a page that answers may be loaded on a slow phone."""
    assert answer.status_code == 200
    weighed = weight(answer.content)
    assert {"site.css", "site.js", "icons.svg"} <= set(weighed)
    return sum(weighed.values()) <= MOST


def open_addresses() -> Iterator[str]:
    """Names of every page that needs no sign-in and no number, ours and those of signing in."""
    for door in get_resolver().url_patterns:
        for one in getattr(door, "url_patterns", []):
            for two in getattr(one, "url_patterns", [one]):
                if not isinstance(two, URLPattern) or two.pattern.regex.groups:
                    continue
                if getattr(two.callback, "guard", "") == "public":
                    yield ":".join(filter(None, [door.namespace or getattr(one, "namespace", ""), two.name]))
    yield from ("account_login", "account_signup", "account_reset_password")


def test_the_list_of_open_pages_is_the_whole_list() -> None:
    assert {"public:front", "public:verify", "public:cannot_sign_in", "applicant:home", "applicant:eligibility"} <= set(
        open_addresses()
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_load_of_every_open_page_is_light(client: Client, db: None, language: str) -> None:
    heavy = []
    for name in open_addresses():
        with override(language):
            answer = client.get(reverse(name))
        # A page that only takes what is sent, or only gives back what is its reader's, is no first load; nor are files.
        is_page = answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
        if is_page and not is_light(answer):
            heavy.append(name)
    assert heavy == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_certificate_and_an_eligibility_question_are_light(client: Client, db: None, language: str) -> None:
    number = stories.certified(stories.Story()).certificate.number
    with override(language):
        assert is_light(client.get(reverse("public:certificate", args=[number])))
        assert is_light(client.post(reverse("applicant:eligibility")))


def test_no_style_sheet_loads_anything_more() -> None:
    dist = Path(__file__).resolve().parents[2] / "assets/dist"
    for file in dist.glob("*.css"):
        assert not re.findall(r"url\((?![\"']?data:)[^)]+\)|@import", file.read_text("utf-8")), file.name


def test_no_built_file_names_a_source_map_or_another_host() -> None:
    dist = Path(__file__).resolve().parents[2] / "assets/dist"
    handed_out = dist / "witness.py"  # a program to take along, which no page loads
    for file in set(dist.glob("*.*")) - {handed_out}:
        text = file.read_text("utf-8", errors="replace")  # pictures, too
        assert "sourceMappingURL" not in text, file.name
        assert not re.findall(r"https?://(?!www\.w3\.org/)[\w.]+", text), file.name
