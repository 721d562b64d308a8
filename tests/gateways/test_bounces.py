"""Reports of mail systems, in the forms in which Postfix, Exim, Exchange and Gmail write them."""

import mailbox
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from peercert.gateways import bounces

HERE = Path(__file__).parent / "bounces"
LETTER = "<letter-0f3b0a52-7c1e-4d0e-9a8f-2f5b1c6d7e80@peers.example.org>"


def report(name: str) -> bytes:
    return (HERE / f"{name}.eml").read_bytes()


@pytest.mark.parametrize(
    ("name", "said", "minute"),
    [
        ("postfix", "550 5.1.1 <maria@example.com>: Recipient address rejected", 20),
        ("exim", "5.0.0", 31),
        ("exchange", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", 22),
        ("gmail", "550-5.1.1 The email account that you tried to reach does not exist.", 20),
    ],
)
def test_a_message_that_was_given_up_is_known_by_its_id(name: str, said: str, minute: int) -> None:
    found = bounces.read(report(name))
    assert found is not None
    assert found.message_id == LETTER
    assert found.because.startswith(said)
    assert found.at is not None
    assert found.at.astimezone(UTC).replace(second=0) == datetime(2026, 5, 4, 16, minute, tzinfo=UTC)


@pytest.mark.parametrize("name", ["postfix-delayed", "out-of-office"])
def test_what_is_not_given_up_is_no_bounce(name: str) -> None:
    assert bounces.read(report(name)) is None


@pytest.mark.parametrize("action", [b"delivered", b"relayed", b"expanded", b"FAILED"])
def test_only_a_failure_is_a_bounce(action: bytes) -> None:
    told = report("postfix").replace(b"Action: failed", b"Action: " + action)
    assert (bounces.read(told) is not None) == (action == b"FAILED")


def test_what_no_database_keeps_and_no_calendar_has_is_left_out() -> None:
    told = report("postfix").replace(b"550 5.1.1", b"550\x00 5.1.1").replace(b"Message-ID: <", b"Message-ID: \x00<")
    told = re.sub(rb"(?m)^Date: .*$", b"Date: Mon, 4 May 2026 99999999999:00:00 +0000", told)
    found = bounces.read(told)
    assert found is not None
    assert (found.message_id, found.at) == (LETTER, None)
    assert "\x00" not in found.because


def test_one_of_several_recipients_who_did_not_get_it_counts() -> None:
    other = b"Final-Recipient: rfc822; other@example.com\nAction: relayed\nStatus: 2.0.0\n\n"
    told = report("postfix").replace(b"Final-Recipient: rfc822; maria", other + b"Final-Recipient: rfc822; maria")
    assert bounces.read(told) is not None


def test_a_report_that_somebody_forwards_is_their_own_message() -> None:
    forwarded = (
        b"From: maria@example.com\nSubject: Fwd: Undelivered\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: message/rfc822\n\n'
        + report("postfix")
        + b"\n--x--\n"
    )
    assert bounces.read(forwarded) is None


@pytest.mark.parametrize("cut", [0, 1, 400, 900, 2000])
def test_a_report_cut_off_anywhere_brings_nothing_down(cut: int) -> None:
    for name in ("postfix", "exim", "exchange", "gmail"):
        bounces.read(report(name)[:cut])
        bounces.read(report(name)[cut:])


def test_without_a_day_or_an_id_as_much_is_told_as_there_is() -> None:
    without_day = bounces.read(report("exim").replace(b"\nDate: Mon, 04 May 2026 18:31:07 +0200", b"\nDate: soon"))
    assert without_day is not None
    assert without_day.at is None
    assert bounces.read(report("postfix").replace(b"\nMessage-ID: <letter", b"\nX-Other: <letter")) is None


def test_a_mailbox_is_read_in_each_of_its_forms(tmp_path: Path) -> None:
    names = ["postfix", "out-of-office", "gmail"]
    folder, file = mailbox.Maildir(tmp_path / "Maildir"), mailbox.mbox(tmp_path / "mbox")
    for name in names:
        folder.add(report(name))
        file.add(report(name))
    file.flush()
    found = [bounces.read(one) for one in bounces.maildir(tmp_path / "Maildir")]
    assert sorted(str(one and one.message_id) for one in found) == [LETTER, LETTER, "None"]
    told = list(bounces.messages((tmp_path / "mbox").read_bytes()))
    assert [bounces.read(one) is not None for one in told] == [True, False, True]
    assert [bounces.read(one) is not None for one in bounces.messages(report("exim"))] == [True]
    assert list(bounces.messages(b"")) == [b""]
