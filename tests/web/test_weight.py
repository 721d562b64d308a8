"""What the first load of an open page weighs, compressed, all files together."""

import re
from pathlib import Path

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests.web.test_pages import IN_BOTH

MOST = 40_000  # bytes, of the 100 KB that an open page may weigh


def weight(page: bytes) -> dict[str, int]:
    """Bytes on the wire of a page and of every file it names, each file once."""
    names = set(re.findall(rb'(?:src|href)="/static/([^"#]+)', page))
    files = {name.decode(): Path(str(finders.find(name.decode()))).read_bytes() for name in names}
    return {"": len(brotli.compress(page)), **{name: len(brotli.compress(body)) for name, body in files.items()}}


@pytest.mark.parametrize("path", IN_BOTH)
def test_the_first_load_of_an_open_page_is_light(client: Client, db: None, path: str) -> None:
    weighed = weight(client.get(path).content)
    assert {"site.css", "site.js", "icons.svg"} <= set(weighed)
    assert sum(weighed.values()) <= MOST, weighed


def test_no_built_file_names_a_source_map_or_another_host() -> None:
    dist = Path(__file__).resolve().parents[2] / "assets/dist"
    for file in dist.glob("*.*"):
        text = file.read_text("utf-8")
        assert "sourceMappingURL" not in text, file.name
        assert not re.findall(r"https?://(?!www\.w3\.org/)[\w.]+", text), file.name
