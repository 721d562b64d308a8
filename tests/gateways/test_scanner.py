"""The scanner speaks clamd's INSTREAM: with a stand-in, and with the real clamd where `make test` could install it."""

from typing import Any

import pytest

from peercert.config import doctor
from peercert.config.environment import read
from peercert.gateways import scanner
from tests.fixtures.clamd import NAME, SIGNATURE, FullClamd, set_scanner, standing_in


def test_a_clean_file_passes_and_a_known_one_is_named(clamd: None) -> None:
    assert scanner.scan(b"a" * 200_000) is None
    assert scanner.scan(b"a" * 100_000 + SIGNATURE) == NAME


def test_the_largest_document_is_scanned_to_its_end(clamd: None) -> None:
    largest = b"\xff\xd8\xff" + bytes(15 * 1024 * 1024 - 3 - len(SIGNATURE))
    assert scanner.scan(largest + bytes(len(SIGNATURE))) is None
    assert scanner.scan(largest + SIGNATURE) == NAME


def test_any_other_answer_is_no_clearance(settings: Any) -> None:
    with standing_in(FullClamd) as address:
        set_scanner(settings, address)
        with pytest.raises(scanner.ScannerUnavailable):
            scanner.scan(b"a" * 1_000)


def test_a_scanner_that_is_down_is_no_clearance(settings: Any) -> None:
    set_scanner(settings, "tcp://127.0.0.1:1")
    with pytest.raises(scanner.ScannerUnavailable):
        scanner.scan(b"a")
    set_scanner(settings, "unix:///nowhere/clamd.ctl")
    with pytest.raises(scanner.ScannerUnavailable):
        scanner.scan(b"a")


def test_the_doctor_says_that_signatures_do_not_come_with_the_scanner(clamd: None) -> None:
    fine, says = doctor.scanner(read({"CLAMD_URL": "tcp://scanner"}))
    assert fine is False
    assert says.startswith("ClamAV 1.")
    assert "has no signatures: run freshclam" in says
