"""The log at its public addresses: as tlog-tiles has it, for every site, and for a witness who trusts nobody."""

import hashlib
import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from peercert.program.certificates import log, tree
from peercert.program.certificates.log_audit import Counted, audit
from peercert.program.certificates.log_models import LogFact
from peercert.program.journey import keep_keys, specialize
from peercert.rules.days import day_of
from tests.rooms.test_log import Held, facts_of, judged
from tests.stories import Story
from tests.web.axe import violations
from tests.web.test_verify import words_of
from tests.witness import SCRIPT, witness

AREAS = {"crisis": "Crisis care", "justice": "Justice-involved"}


def life() -> Held:
    """A certificate of 160 days ago whose story has come to today."""
    held = Held(Story(now=timezone.now() - timedelta(days=200)))
    held.story.now = timezone.now()
    return held


@pytest.fixture
def held(db: None) -> Held:
    held = life()
    facts_of(held, 599)
    held.append()
    return held


def test_tiles_and_entries_are_served_as_tlog_tiles_has_them(held: Held) -> None:
    client = Client()
    entries = [bytes(entry) for entry in LogFact.objects.order_by("position").values_list("entry", flat=True)]
    leaves = [tree.leaf(entry) for entry in entries]
    assert len(leaves) == 600
    for address, wanted in (
        ("tile/0/000", b"".join(leaves[:256])),
        ("tile/0/002.p/88", b"".join(leaves[512:600])),
        ("tile/0/002.p/7", b"".join(leaves[512:519])),
        ("tile/1/000.p/2", b"".join(tree.root((at, at + 256), tree.grown(0, {}, leaves)) for at in (0, 256))),
        ("tile/entries/001", b"".join(b"\x00\x20" + entry for entry in entries[256:512])),
        ("tile/entries/002.p/3", b"".join(b"\x00\x20" + entry for entry in entries[512:515])),
    ):
        answer = client.get(f"/log/{address}")
        assert (answer.status_code, answer.content) == (200, wanted), address
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert "Cookie" not in answer.get("Vary", "")
    for address in (
        "tile/0/002", "tile/0/002.p/89", "tile/0/0", "tile/0/000.p/256", "tile/0/000.p/0", "tile/0/x000/000",
        "tile/0/999", "tile/9/000", "tile/entries/002.p/89", "tile/entries/nothing",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
    ):  # fmt: skip
        assert client.get(f"/log/{address}").status_code == 404, address


def test_a_head_and_what_leads_from_one_to_the_next_are_told(held: Held) -> None:
    client = Client()
    origin, size, root = witness.opened(client.get("/log/checkpoint").content.decode(), client.get("/log/keys").json())
    assert (origin, size) == (log.origin(), 600)
    tiles = tree.grown(0, {}, [tree.leaf(bytes(fact.entry)) for fact in LogFact.objects.order_by("position")])
    for first in (1, 256, 300, 600):
        path = client.get(f"/log/consistency?first={first}").json()["path"]
        assert witness.continues(first, tree.root((0, first), tiles), size, root, [bytes.fromhex(one) for one in path])
    for asked in ("", "first=601", "first=5&second=3", "first=-1", "first=a", "first=١", f"first={'9' * 400}"):
        answer = client.get(f"/log/consistency?{asked}")
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json"), asked


def test_the_page_and_its_proof_say_the_same_of_areas_at_every_turn(db: None) -> None:
    held, client = life(), Client()
    held.story.now -= timedelta(hours=20)  # all of it comes to pass before the page is read
    today, sam, maria = day_of(held.story.now), held.story.actor("sam"), held.story.actor("maria")
    first = today - timedelta(days=30)

    def areas() -> list[str]:
        """What the page shows, which is what the proof says; the story goes on by an hour."""
        held.append()
        says = json.loads(client.get(f"/log/proof/{held.certificate.number}").json()["says"])
        page = words_of(client.get(f"/verify/{held.certificate.number}/"))
        told: list[str] = says.get("areas", [])
        shown = re.findall("(?:Areas of specialization|;) (" + "|".join(AREAS.values()) + ")", page)
        assert shown == [AREAS[area] for area in told]
        held.story.now += timedelta(hours=1)
        return told

    assert areas() == []
    for number, area in enumerate(AREAS, start=1):
        specialize.record_specialization(held.certificate.pk, area, first, "Seen.", actor=sam, now=held.story.now)
        assert len(areas()) == number
    specialize.end_specialization(held.certificate.pk, "justice", today, "Left.", actor=sam, now=held.story.now)
    assert areas() == ["crisis"]
    held.correct("suspended", 0, 30)
    assert areas() == []
    held.correct("in_force", 0, 30)
    assert areas() == ["crisis"]
    for shows in (False, True):
        specialize.show_areas(held.certificate.pk, shows, actor=maria, now=held.story.now)
        assert areas() == ["crisis"] * shows
    held.correct("revoked", 0, None)
    assert areas() == []
    assert list(audit(Counted())) == []


def test_the_proof_of_a_certificate_is_on_its_page_and_stands_the_judges(held: Held) -> None:
    client, number = Client(), held.certificate.number
    page = client.get(f"/verify/{number}/").content.decode()
    assert f'href="/log/proof/{number}"' in page
    answer = client.get(f"/log/proof/{number}")
    judged(answer.json())
    assert "no-store" in answer["Cache-Control"]
    assert "noindex" in answer["X-Robots-Tag"]
    held.story.now = timezone.now()
    held.rename("María", "Núñez")
    assert "on its way into the log" in client.get(f"/verify/{number}/").content.decode()
    assert client.get(f"/log/proof/{number}").status_code == 404
    held.append()
    judged(client.get(f"/log/proof/{number}").json())
    assert "García" not in client.get(f"/log/proof/{number}").content.decode()
    assert client.get(f"/log/proof/{number.lower().replace('-', ' ')}").status_code == 302
    assert client.get("/log/proof/C-0000-0000").status_code == 404


def watched(site: str, folder: Path, *keys: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT, f"{site}/log", str(folder), *keys], capture_output=True, text=True, check=False
    )


def test_a_witness_sees_the_log_grow_and_catches_one_that_was_forked(
    live_site: str, as_owner: Any, tmp_path: Path
) -> None:
    held = life()
    held.append()
    assert watched(live_site, tmp_path).returncode == 0
    trusted = (tmp_path / "keys").read_text()
    for wrong in ("junk", "a+b+c", trusted.strip().replace("A", "B")):
        refused = watched(live_site, tmp_path, wrong)
        assert (refused.returncode, "no key of a log" in refused.stderr) == (2, True), refused.stderr
    assert (tmp_path / "keys").read_text() == trusted
    # The log takes another key: nobody contradicts anything, and whoever names the key goes on.
    keep_keys.rotate_key("log", compromised=False, actor=held.story.actor("robin"), now=held.story.now)
    held.append()
    asked = watched(live_site, tmp_path)
    assert (asked.returncode, "no key that we trust" in asked.stderr) == (2, True), asked.stderr
    assert watched(live_site, tmp_path, log.verifiers()[0]).returncode == 0
    assert watched(live_site, tmp_path).returncode == 0
    facts_of(held, 300)
    held.append()
    seen = watched(live_site, tmp_path)
    assert (seen.returncode, "301 entries" in seen.stdout) == (0, True), seen.stderr
    # The operator rewrites the first entry and builds a log around it that fits in itself, signed by the true key.
    for table in ("logfact", "logtile", "logcheckpoint"):
        as_owner.execute(f"ALTER TABLE program_{table} DISABLE TRIGGER USER")
    as_owner.execute("DELETE FROM program_logtile")
    as_owner.execute("DELETE FROM program_logcheckpoint")
    as_owner.execute("UPDATE program_logfact SET entry = sha256('another') WHERE position = 0")
    as_owner.execute("UPDATE program_logfact SET position = NULL")
    facts_of(held, 5)
    held.append()
    caught = watched(live_site, tmp_path)
    assert caught.returncode == 1
    assert "does not continue" in caught.stderr
    kept = [file for file in tmp_path.iterdir() if file.name[0].isdigit()]
    assert len(kept) == 4
    assert hashlib.sha256((tmp_path / "newest").read_bytes()).hexdigest()[:8] in {file.name[-8:] for file in kept}


@pytest.mark.browser
def test_the_page_of_the_log_is_plain_in_both_languages_and_at_320_px(page: Any, live_site: str) -> None:
    held = life()
    held.append()
    page.set_viewport_size({"width": 320, "height": 700})
    for address in ("/log/", "/es/log/"):
        page.goto(address)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert log.origin() in page.inner_text("pre >> nth=0")
    with page.expect_download() as download:
        page.get_by_role("link", name="Descargar el programa").click()
    assert download.value.suggested_filename == "witness.py"
    assert Path(download.value.path()).read_bytes() == SCRIPT.read_bytes()
    page.goto(f"/verify/{held.certificate.number}/")
    page.locator("summary", has_text="Proof in the public log").click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the proof").click()
    judged(json.loads(Path(download.value.path()).read_text()))
