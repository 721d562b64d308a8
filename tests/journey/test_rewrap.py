"""What is kept sealed is sealed anew with a new key, once, whatever happens on the way; the old one may go."""

import os
import re
import signal
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal import auth as recovery
from allauth.mfa.totp.internal import auth as totp
from django.core.files.storage import default_storage

from peercert import cli
from peercert.commands import rewrap as command
from peercert.demo import partners
from peercert.gateways import files, keys
from peercert.jobs.files import sweep
from peercert.program.casework import documents
from peercert.program.casework.models import AuditEntry, Document
from peercert.program.certificates import signing
from peercert.program.certificates.models import Certificate, CertificateFile
from peercert.program.exams import queries as exams
from peercert.program.exams.models import Accommodation
from peercert.program.journey import past_rosters, rewrap, rosters
from peercert.program.journey.orphans import NAMED_BY
from peercert.program.people.organisations import Organisation
from peercert.program.rosters.models import PastRoster, Roster
from peercert.rules.days import day_of
from peercert.web.applicant.certificate import send_document
from tests import stories
from tests.cluster import ROOT
from tests.fixtures.forked import forked
from tests.journey.sitting import asked_for
from tests.journey.test_organisations import who

SECRET = "SECRETAA"
Jobs = Callable[..., list[str]]


class Kept:
    """One thing of every kind, sealed by the key in force."""

    def __init__(self, run_jobs: Jobs, settings: Any) -> None:
        self.settings = settings
        self.story = story = stories.Story(now=datetime.now(stories.PACIFIC) - timedelta(days=60))
        asked_for(story, stories.ready_to_sit(story))
        self.certificate = Certificate.objects.get(case=stories.certified(story, "devon"))
        run_jobs(only={"certificates.sign", "certificates.print"})
        account = story.person("devon").account
        assert account is not None
        totp.TOTP.activate(account, SECRET)
        recovery.RecoveryCodes.activate(account)
        self.codes = self.spare_codes()
        row: Organisation = partners.opened(story, "lena", partners.COUNTY)
        self.roster = rosters.receive_roster(
            row.pk, "staff.csv", b"number\nC-0000-0000", replaces=False, **who(story, "lena")
        )
        self.past = past_rosters.ask_past_roster(row.pk, day_of(story.now), None, language="en", **who(story, "lena"))
        past_rosters.make_past_roster(self.past.pk, now=story.now)

    def new_key(self, key: bytes = b"n" * 32, *, alone: bool = False) -> None:
        """A new key before those in force, or in place of them all."""
        env = self.settings.ENVIRONMENT
        self.settings.ENVIRONMENT = replace(env, keys=(key,) if alone else (key, *env.keys))

    def spare_codes(self) -> list[str]:
        instance = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)
        return list(recovery.RecoveryCodes(instance).generate_codes())

    def opens(self) -> None:
        """Everything opens with the keys in force."""
        for purpose in signing.ALGORITHMS:
            signing.signer_for(purpose).sign(b"")
        assert exams.needs(Accommodation.objects.exclude(needs=None).get())
        assert [documents.open_original(document) for document in Document.objects.exclude(sealed_path="")]
        assert send_document(self.certificate).content.startswith(b"%PDF")
        assert totp.TOTP(Authenticator.objects.get(type="totp")).validate_code(_code(SECRET))
        assert self.spare_codes() == self.codes
        assert rosters.take_roster(self.roster.pk, now=self.story.now).state != "waiting"
        past = PastRoster.objects.get(pk=self.past.pk)
        for part in ("file", "paper"):
            assert b"".join(files.fetch_sealed(getattr(past, part), past_rosters.about(past, part)))


def _code(secret: str) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))


@pytest.fixture
def kept(db: None, run_jobs: Jobs, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Kept:
    return _sealed_before(run_jobs, settings, monkeypatch)


def _sealed_before(run_jobs: Jobs, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Kept:
    for purpose in signing.ALGORITHMS:
        signing.signer_for(purpose)
    monkeypatch.setattr(command, "program", nullcontext)
    return Kept(run_jobs, settings)


def test_the_old_key_may_be_thrown_away_once_everything_is_sealed_anew(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    before = len(_stored())
    kept.new_key()
    assert cli.main(["rewrap"]) == 0
    said = capsys.readouterr().out
    for kind in rewrap.KINDS:
        (line,) = (line for line in said.splitlines() if line.startswith(f"{kind.name:<17} "))
        assert " 0 sealed anew" not in line, line
        assert line.endswith(", 0 already")
    told = AuditEntry.objects.get(verb="sealed_anew").values
    assert (told["key"], told["counts"]["signing keys"], told["lost"]) == (keys.current_key_id(), 5, 0)
    # Again there is nothing to do, and no file was left behind.
    assert cli.main(["rewrap"]) == 0
    assert capsys.readouterr().out.count(" 0 sealed anew") == len(rewrap.KINDS)
    assert len(_stored()) == before
    kept.new_key(alone=True)
    kept.opens()


def test_cut_off_anywhere_it_goes_on(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off after the next, the second or the third of everything that is sealed, stored or removed."""
    kept.new_key()
    left = 0

    def until_cut(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*given: Any) -> Any:
            nonlocal left
            done, left = real(*given), left - 1
            if left < 0:
                raise KeyboardInterrupt
            return done

        return step

    for module, name in ((keys, "encrypt"), (files, "store"), (files, "store_sealed"), (files, "remove")):
        monkeypatch.setattr(module, name, until_cut(getattr(module, name)))
    for tried in range(100):
        left = tried % 3 + 1
        if cli.main(["rewrap"]) == 0:
            break
    else:
        pytest.fail("it never came to an end")
    left = 100
    kept.new_key(alone=True)
    kept.opens()


def test_what_a_kill_between_naming_a_file_and_removing_the_one_before_leaves_is_swept(
    committed: str, run_jobs: Jobs, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = _sealed_before(run_jobs, settings, monkeypatch)
    kept.new_key()
    before = _stored()
    with monkeypatch.context() as killed:
        killed.setattr(files, "remove", lambda path: os.kill(os.getpid(), signal.SIGKILL))
        for kind in rewrap.KINDS[-4:]:
            ended = os.waitpid(forked(partial(rewrap.rewrap, kind)), 0)[1]
            assert os.waitstatus_to_exitcode(ended) == -signal.SIGKILL
    assert len(_stored()) == len(before) + 4
    stray = {files.store(f"{folder}/stray", b"its row never came") for folder in NAMED_BY}
    sweep(timestamp=0)
    assert stray < _stored(), "whatever is younger than a day may still get its row"
    for path in _stored():
        os.utime(default_storage.path(path), (time.time() - 2 * 86_400,) * 2)
    sweep(timestamp=0)
    assert len(_stored()) == len(before)
    assert not _stored() & stray
    assert cli.main(["rewrap"]) == 0
    kept.new_key(alone=True)
    kept.opens()


def _stored() -> set[str]:
    return {
        os.path.normpath(one) for one in files.stored_before(".", datetime.now(stories.PACIFIC) + timedelta(days=1))
    }


def test_what_changed_meanwhile_is_left_and_what_no_key_opens_is_told(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    kept.new_key()
    row = CertificateFile.objects.get()
    (certificates,) = (kind for kind in rewrap.KINDS if kind.name == "certificates")
    elsewhere = files.store("elsewhere", files.fetch(row.path))
    CertificateFile.objects.filter(pk=row.pk).update(path=elsewhere)
    assert certificates.seal(row) is False
    assert CertificateFile.objects.get().path == elsewhere
    lost = Accommodation.objects.exclude(needs=None).get()
    assert lost.needs is not None
    Accommodation.objects.filter(pk=lost.pk).update(needs=b"another key's" + bytes(lost.needs))
    assert cli.main(["rewrap"]) == 1
    said = capsys.readouterr()
    assert f"that no key opens: rows {lost.pk}" in said.out
    assert said.err == "Some are opened by no key of PEERCERT_KEYS: put the key back that sealed them.\n"
    assert AuditEntry.objects.get(verb="sealed_anew").values["lost"] == 1
    assert CertificateFile.objects.get().path != elsewhere
    assert Roster.objects.get().state == "waiting"


def test_whoever_seals_something_new_teaches_it_here() -> None:
    """Places that seal. A form kept over a sign-in (`typed`) lives half an hour, a probe of the doctor not at all."""
    seals = re.compile(r"\.(encrypt|new_file_key|store_sealed)\(")
    package = ROOT / "peercert"
    sealing = {str(file.relative_to(package)) for file in package.rglob("*.py") if seals.search(file.read_text())}
    assert sealing == {
        "config/doctor.py", "gateways/files.py", "jobs/certificates.py", "program/casework/documents.py",
        "program/certificates/signing.py", "program/exams/actions.py", "program/journey/past_rosters.py",
        "program/journey/rosters.py", "web/account/adapters.py", "web/account/typed.py", "gateways/keys.py",
    }  # fmt: skip


def test_whoever_stores_something_new_teaches_the_sweeper() -> None:
    """Folders that files are stored in, by their name or as the FOLDER of their module."""
    said = "\n".join(file.read_text() for file in (ROOT / "peercert").rglob("*.py"))
    named = set(re.findall(r'^FOLDER = "(.+)"', said, re.MULTILINE))
    assert set(re.findall(r'store(?:_sealed)?\(\s*f?"([a-z-]+)/', said)) | named == set(NAMED_BY)
