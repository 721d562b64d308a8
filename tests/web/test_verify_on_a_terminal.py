"""`peercert credential verify` against a running site: keys, status list and register, fetched as by a stranger."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from peercert import cli
from peercert.program.certificates import log, printing, queries
from peercert.program.certificates.models import Certificate
from peercert.program.journey import maintain
from peercert.rules.days import day_of
from tests import stories

Verify = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def verify(capsys: Any) -> Verify:
    """The exit code, and what is told."""

    def verified(file: Path, site: str) -> tuple[int, dict[str, Any]]:
        code = cli.main(["credential", "verify", str(file), "--issuer", site, "--json"])
        told = capsys.readouterr()
        assert told.err == ""
        return code, json.loads(told.out)

    return verified


def test_a_file_and_a_printed_code_are_judged_by_what_the_site_says_now(
    live_site: str,
    settings: Any,
    run_jobs: Callable[..., Any],
    tmp_path: Path,
    verify: Verify,
    capsys: Any,
) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, origin=live_site)
    story = stories.Story(now=timezone.now() - timedelta(days=60))
    held = Certificate.objects.get(case=stories.certified(story))
    run_jobs()
    current = queries.current_credential(held)
    assert current is not None
    file, paper, forged = (tmp_path / name for name in ("file.json", "paper.txt", "forged.json"))
    file.write_text(current.signed)
    page = printing.page_of(held, current)
    paper.write_text(f"{page.address}#{page.code}")
    forged.write_text(current.signed.replace(held.printed_name, "Mario Impostor"))
    assert [verify(one, live_site)[0] for one in (file, paper, forged)] == [0, 0, 1]
    _, told = verify(paper, live_site)
    assert told["steps"][-1]["code"] == "register_in_force"
    assert held.printed_name in told["steps"][-1]["says"]
    # a site that hands out the keys of another is nobody's
    elsewhere = live_site.replace("localhost", "127.0.0.1")
    assert cli.main(["credential", "verify", str(file), "--issuer", elsewhere]) == 2
    assert "not those of 127.0.0.1" in capsys.readouterr().err

    now, today = timezone.now(), day_of(timezone.now())
    maintain.correct_standing(
        held.pk, "suspended", today, today + timedelta(days=30), "Found.", actor=story.actor("sam"), now=now
    )
    log.append_pending(now=now)
    assert [verify(one, live_site)[0] for one in (file, paper)] == [4, 4]
    assert verify(paper, live_site)[1]["steps"][-1]["code"] == "register_not_in_force"
