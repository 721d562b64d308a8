"""`peercert credential verify`: the same steps on a terminal, without a database, and never a traceback."""

import io
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import segno

from peercert import cli
from peercert.gateways import fetch
from peercert.gateways.signer import compact, did
from tests.cluster import PATIENCE
from tests.gateways.signer import samples
from tests.gateways.signer.test_compact import PRINTED

DRIPS = 0
AT = "2026-06-01T12:00:00-07:00"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with the issuer's keys, a clear status list and one in which the credential's bit is set."""
    keys = did.document(samples.DID, [samples.KEY, samples.JWT_KEY], [samples.LOG_KEY])
    for name, content in {
        "did.json": keys, "clear.json": samples.status_list(5), "set.json": samples.status_list(94_567),
        "good.json": samples.signed(), "forged.json": samples.signed() | {"validUntil": "2099-01-01T00:00:00Z"},
        "elsewhere.json": samples.signed(proof=samples.logged(name="Somebody Else")),
        "foreign.json": samples.signed() | {"issuer": {"id": "did:web:certify-example.org", "type": "Profile"}},
    }.items():  # fmt: skip
        (tmp_path / name).write_text(json.dumps(content))
    (tmp_path / "good.jwt").write_text(samples.token())
    code = compact.write(PRINTED, samples.KEY)
    segno.make(f"{samples.ORIGIN}/verify/{PRINTED.number}/#{code}", error="m").save(tmp_path / "code.png", scale=6)
    (tmp_path / "code.txt").write_text(code)
    return tmp_path


def verify(capsys: Any, file: Path | str, *options: str) -> tuple[int, str, str]:
    code = cli.main(["credential", "verify", str(file), *options])
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.mark.parametrize(
    ("file", "status", "code", "verdict"),
    [
        ("good.json", "clear.json", 0, "genuine"),
        ("good.jwt", "clear.json", 0, "genuine"),
        ("good.json", "set.json", 4, "genuine_past"),
        ("good.json", "forged.json", 3, "genuine_only"),
        ("good.json", "", 3, "genuine_only"),
        ("elsewhere.json", "clear.json", 1, "not_genuine"),
        ("forged.json", "clear.json", 1, "not_genuine"),
        ("foreign.json", "clear.json", 1, "not_ours"),
        ("code.png", "", 3, "genuine_code"),
        ("code.txt", "", 3, "genuine_code"),
        ("did.json", "", 1, "not_genuine"),
    ],
)
def test_a_verdict_with_its_exit_code(
    files: Path, capsys: Any, file: str, status: str, code: int, verdict: str
) -> None:
    options = ["--keys", str(files / "did.json"), "--offline", "--at", AT]
    options += ["--status", str(files / status)] if status else []
    answered, out, err = verify(capsys, files / file, *options, "--json")
    told = json.loads(out)
    assert (answered, told["verdict"], err) == (code, verdict, "")
    steps = ["readable", "shape", "issuer", "key", "signature", "log", "dates", "status"]
    assert [step["step"] for step in told["steps"]] == [step for step in steps if "code" not in file or step != "log"]
    for lang in ("en", "es"):
        _, text, _ = verify(capsys, files / file, *options, "--lang", lang)
        assert all(step["says"] for step in told["steps"])
        assert len(text.splitlines()) >= 9


def test_a_good_one_says_whose_it_is_and_a_forged_one_says_nothing(files: Path, capsys: Any) -> None:
    options = ("--keys", str(files / "did.json"), "--offline", "--at", AT)
    assert samples.CONTENT.name in verify(capsys, files / "good.json", *options)[1]
    assert "García" not in verify(capsys, files / "forged.json", *options)[1]


def test_it_reads_standard_input(files: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given = io.TextIOWrapper(io.BytesIO((files / "good.json").read_bytes()))
    monkeypatch.setattr("sys.stdin", given)
    options = ("--keys", str(files / "did.json"), "--status", str(files / "clear.json"), "--at", AT)
    assert verify(capsys, "-", *options)[0] == 0


@pytest.mark.parametrize(
    ("file", "options", "says"),
    [
        ("nothing.json", [], "No such file"),
        (".", [], "Is a directory"),
        ("good.json", ["--offline", "--issuer", "a.example"], "nothing may be fetched"),
        ("good.json", ["--keys", "good.json"], "not an issuer's did.json"),
        ("good.json", ["--keys", "good.jwt"], "it is not JSON"),
        ("good.json", ["--keys", "did.json", "--issuer", "other.example"], "not those of other.example"),
        ("good.json", ["--keys", "did.json", "--status", "nothing.json"], "No such file"),
        ("good.json", ["--issuer", "https://["], "is no issuer"),
        ("empty.png", ["--keys", "did.json"], "cannot be opened"),
        ("two.pdf", ["--keys", "did.json", "--offline"], "more than one certificate"),
    ],
)
def test_bad_input_is_one_sentence(files: Path, capsys: Any, file: str, options: list[str], says: str) -> None:
    (files / "empty.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pikepdf.new() as two:
        two.add_blank_page()
        for number in (samples.CONTENT.number, "C-0000-0000"):
            two.attachments[number] = json.dumps(samples.signed(number=number)).encode()
        two.save(files / "two.pdf")
    whole = [str(files / text) if text.endswith((".json", ".jwt")) else text for text in options]
    code, out, err = verify(capsys, files / file, *whole)
    assert (code, out) == (2, "")
    assert says in err
    assert len(err.splitlines()) == 1


class _Site(BaseHTTPRequestHandler):
    """Answers as `pages` say; DRIPS instead of a status: a byte now and then, for as long as anybody listens."""

    def __init__(self, pages: dict[str, tuple[int, bytes]], *args: Any) -> None:
        self.pages = pages
        super().__init__(*args)

    def do_GET(self) -> None:
        code, content = self.pages.get(self.path, (404, b""))
        while code == DRIPS:
            self.wfile.write(b"H")
            threading.Event().wait(0.05)
        self.send_response(code)
        if code == 302:
            self.send_header("Location", content.decode())
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests of a test are not news."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hung up on us is nobody's fault."""


@pytest.fixture
def site() -> Iterator[tuple[str, dict[str, tuple[int, bytes]]]]:
    """An issuer's site on this machine: its host, and the pages that it has."""
    pages: dict[str, tuple[int, bytes]] = {}
    server = _Server(("localhost", 0), partial(_Site, pages))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"localhost:{server.server_port}", pages
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_site_that_is_down_slow_or_lies_is_told_in_a_sentence_and_never_believed(
    files: Path, capsys: Any, site: tuple[str, dict[str, tuple[int, bytes]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    host, pages = site
    code = compact.write(PRINTED, samples.KEY)
    (files / "here.txt").write_text(f"http://{host}/verify/{PRINTED.number}/#{code}")
    named = (200, json.dumps(did.document(did.of(f"http://{host}"), [samples.KEY])).encode())
    there, register = "/.well-known/did.json", f"/log/proof/{PRINTED.number}"
    bad: list[tuple[tuple[int, bytes], str]] = [
        ((404, b""), "answers 404"),
        ((500, b""), "answers 500"),
        ((302, f"http://{host}{there}".encode()), "another address"),
        ((200, b" " * (5 << 20)), "larger than"),
        ((DRIPS, b""), "within 0.5 seconds"),
    ]
    for page, says in [*bad, ((200, (files / "did.json").read_bytes()), "not those of"), ((200, b"{"), "not JSON")]:
        pages[there] = page
        monkeypatch.setattr(fetch, "SECONDS", 0.5 if page[0] == DRIPS else PATIENCE)
        answered, out, err = verify(capsys, files / "here.txt", "--issuer", host)
        assert (answered, out, says in err, err.count("\n")) == (2, "", True, 1), err
    pages[there] = named
    for page, says in bad:
        pages[register] = page
        monkeypatch.setattr(fetch, "SECONDS", 0.5 if page[0] == DRIPS else PATIENCE)
        answered, out, err = verify(capsys, files / "here.txt", "--issuer", host)
        assert (answered, says in err, err.count("\n")) == (3, True, 1), err
        assert "Genuine as printed" in out
    monkeypatch.setattr(fetch, "SECONDS", PATIENCE)
    # an answer that no log stands behind is worth nothing
    for lie in ({}, [], 5, {"says": "{}"}, {"says": '{"standing":"in_force"}', "salt": "", "sealed": "", "position": 0,
                                           "path": [], "checkpoint": f"{host}/log\n1\nAAAA\n"}):  # fmt: skip
        pages[register] = (200, json.dumps(lie).encode())
        answered, out, err = verify(capsys, files / "here.txt", "--issuer", host)
        assert (answered, err) == (3, ""), out
        assert "does not count" in out
    # nobody else's site is asked, and nobody's where the site is gone
    assert verify(capsys, files / "here.txt", "--issuer", f"{host}0")[0] == 2
    (files / "gone.txt").write_text(f"http://localhost:1/verify/{PRINTED.number}/#{code}")
    answered, _, err = verify(capsys, files / "gone.txt", "--issuer", "localhost:1")
    assert (answered, "Connection refused" in err, err.count("\n")) == (2, True, 1)
    assert verify(capsys, files / "gone.txt", "--issuer", host, "--json")[0] == 1


def test_the_help_says_what_each_exit_code_means(capsys: Any) -> None:
    with pytest.raises(SystemExit):
        cli.main(["credential", "--help"])
    told = capsys.readouterr().out
    assert all(f"  {code}  " in told for code in range(5))
