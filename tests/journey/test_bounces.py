"""Letters that mail systems send back: read by a command, recorded once, seen by officers."""

import os
import subprocess
import sys
from argparse import Namespace
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from peercert.commands import bounces
from peercert.program.journey import notice
from peercert.program.notices.actions import record_sent
from peercert.program.notices.models import Letter
from peercert.program.notices.queries import letters_in_trouble
from tests.cluster import PATIENCE, ROOT
from tests.stories import Story, submitted

pytestmark = pytest.mark.django_db
REPORT = (ROOT / "tests/gateways/bounces/postfix.eml").read_text()
THERE = "<letter-0f3b0a52-7c1e-4d0e-9a8f-2f5b1c6d7e80@peers.example.org>"


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def letter(story: Story) -> Letter:
    return record_sent(Letter.objects.get(case=submitted(story), code="receipt"), now=story.now)


def report(letter: Letter, story: Story, folder: Path) -> str:
    """A report about this letter, written now, as a file; its path."""
    told = REPORT.replace(THERE, letter.message_id)
    told = told.replace("\nDate: Mon,  4 May 2026 09:20:31 -0700 (PDT)", f"\nDate: {format_datetime(story.now)}", 1)
    path = folder / f"{story.now.timestamp()}.eml"
    path.write_text(told)
    return str(path)


def took(capsys: pytest.CaptureFixture[str], *paths: str) -> str:
    assert bounces.command(Namespace(paths=list(paths))) == 0
    return capsys.readouterr().out


def test_a_letter_that_came_back_starts_nothing_and_is_seen_by_officers(
    story: Story, letter: Letter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story.wait(minutes=1)
    assert "1 new, 0 known. Other messages: 0" in took(capsys, report(letter, story, tmp_path))
    letter.refresh_from_db()
    assert letter.state == "bounced"
    assert letter.failure.startswith("550 5.1.1 <maria@example.com>")
    assert letter.reached_on is None
    assert letter in letters_in_trouble()
    assert letter.case is not None
    assert letter.case.timeline.get(verb="letter_came_back").role == "program"


def test_the_same_mailbox_read_again_tells_nothing_new(
    story: Story, letter: Letter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story.wait(minutes=1)
    path = report(letter, story, tmp_path)
    took(capsys, path)
    assert "0 new, 1 known. Other messages: 0" in took(capsys, path)
    assert letter.case is not None
    assert letter.case.timeline.filter(verb="letter_came_back").count() == 1


def test_an_older_report_says_nothing_of_a_letter_sent_again_and_a_newer_one_does(
    story: Story, letter: Letter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story.wait(minutes=1)
    first = report(letter, story, tmp_path)
    took(capsys, first)
    story.wait(days=1)
    notice.send_again(letter.pk, actor=story.actor("sam"), now=story.now)
    notice.sent(letter.pk, now=story.now)
    assert "0 new, 1 known" in took(capsys, first)
    letter.refresh_from_db()
    assert letter.state == "sent"
    story.wait(seconds=2)
    assert "1 new" in took(capsys, first, report(letter, story, tmp_path))


def test_a_letter_posted_or_opened_meanwhile_stays_as_it_is(
    story: Story, letter: Letter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notice.opened(letter.pk, actor=story.actor("maria"), now=story.now)
    reached_on = Letter.objects.get(pk=letter.pk).reached_on
    took(capsys, report(letter, story, tmp_path))
    letter.refresh_from_db()
    assert (letter.state, letter.reached_on) == ("bounced", reached_on)
    notice.posted(letter.pk, on=story.now.date(), address="1 First Street", actor=story.actor("sam"), now=story.now)
    took(capsys, report(letter, story, tmp_path))
    letter.refresh_from_db()
    assert letter.state == "posted"


def test_what_is_not_about_our_letters_is_passed_over(
    story: Story, letter: Letter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ROOT / "tests/gateways/bounces"
    told = took(capsys, *(str(folder / f"{name}.eml") for name in ("exim", "out-of-office", "postfix-delayed")))
    assert "0 new, 0 known. Other messages: 3" in told
    letter.refresh_from_db()
    assert letter.state == "sent"


def test_a_report_comes_in_by_standard_input(
    story: Story, letter: Letter, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    story.wait(minutes=1)
    with open(report(letter, story, tmp_path)) as piped:
        monkeypatch.setattr(sys, "stdin", piped)
        assert "1 new" in took(capsys, "-")


def test_what_cannot_be_read_is_said_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bounces.command(Namespace(paths=[str(tmp_path / "nothing")])) == 2
    told = capsys.readouterr().err
    assert "nothing cannot be read" in told
    assert told.count("\n") == 1


def test_without_a_database_the_mail_system_is_asked_to_come_back(letter: Letter, story: Story, tmp_path: Path) -> None:
    environment: dict[str, Any] = {**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    environment["DJANGO_SETTINGS_MODULE"] = "tests.impatient"
    done = subprocess.run(
        [sys.executable, "-m", "peercert.cli", "bounces", report(letter, story, tmp_path)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 75
    assert "does not answer" in done.stderr
    assert "Traceback" not in done.stderr
