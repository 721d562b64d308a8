"""The scanner speaks clamd's INSTREAM. The server here speaks it too, with a signature of our own."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.conf import settings as live

from peercert.config.environment import Scanner
from peercert.gateways import scanner

SIGNATURE = b"peercert-test-signature"


class Clamd(socketserver.StreamRequestHandler):
    """Reads one command as clamd does: pieces with their lengths, ended by a piece of none."""

    def handle(self) -> None:
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        if command == b"zVERSION\0":
            self.wfile.write(b"ClamAV 1.4.3/1/Mon Nov 23\0")
            return
        assert command == b"zINSTREAM\0"
        content = b""
        while (length := struct.unpack("!L", self.rfile.read(4))[0]) > 0:
            content += self.rfile.read(length)
        if len(content) > 1_000_000:
            self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
        else:
            self.wfile.write(b"stream: Ours.UNOFFICIAL FOUND\0" if SIGNATURE in content else b"stream: OK\0")


@pytest.fixture
def clamd(settings: object) -> Iterator[socketserver.ThreadingTCPServer]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clamd) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        where = Scanner(host="127.0.0.1", port=server.server_address[1], socket=None)
        settings.ENVIRONMENT = replace(live.ENVIRONMENT, scanner=where)  # type: ignore[attr-defined]
        yield server
        server.shutdown()


def test_a_clean_file_passes_and_a_known_one_is_named(clamd: object) -> None:
    assert scanner.scan(b"a" * 200_000) is None
    assert scanner.scan(b"a" * 100_000 + SIGNATURE) == "Ours.UNOFFICIAL"


def test_any_other_answer_is_no_clearance(clamd: object) -> None:
    with pytest.raises(scanner.ScannerUnavailable):
        scanner.scan(b"a" * 1_000_001)


def test_a_scanner_that_is_down_is_no_clearance(settings: object) -> None:
    where = Scanner(host="127.0.0.1", port=1, socket=None)
    settings.ENVIRONMENT = replace(live.ENVIRONMENT, scanner=where)  # type: ignore[attr-defined]
    with pytest.raises(scanner.ScannerUnavailable):
        scanner.scan(b"a")


def test_it_tells_which_signatures_it_has(clamd: object) -> None:
    assert scanner.signatures().startswith("ClamAV")
