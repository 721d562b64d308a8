"""The sheet of icons holds what pages name, and nothing that none names."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_sheet_of_icons_holds_exactly_what_pages_name() -> None:
    sheet = set(json.loads((ROOT / "assets/icons.json").read_text("utf-8")))
    text = "\n".join(
        file.read_text("utf-8") for pattern in ("*.html", "*.py") for file in (ROOT / "peercert/web").rglob(pattern)
    )
    named = set(re.findall(r'{% icon [\'"]([a-z_]+)', text)) | set(
        re.findall(r'^    "(?:done|yours|waiting|problem|neutral)": "([a-z_]+)",$', text, re.MULTILINE)
    )
    assert named - sheet == set(), "add these names to assets/icons.json"
    assert sheet - named == set(), "no page names these: take them out of assets/icons.json"
