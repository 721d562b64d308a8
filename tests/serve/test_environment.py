"""Settings: typed, told in one sentence where wrong, refused by production where unsafe, and all documented."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from peercert.config.environment import DEMO_KEY, Scanner, WrongSetting, documented, read
from tests.cluster import ROOT
from tests.fixtures.ports import free_port

KEY = base64.b64encode(bytes(range(32))).decode()
PRODUCTION = {
    "PEERCERT_MODE": "production",
    "PEERCERT_SECRET": "s" * 50,
    "PEERCERT_KEYS": KEY,
    "PEERCERT_ORIGIN": "https://certification.example.org",
    "DATABASE_URL": "postgresql://peercert@db.example.org/peercert",
    "PEERCERT_PROXIES": "1",
    "EMAIL_URL": "smtp+tls://user:pa%40ss@mail.example.org",
    "CLAMD_URL": "tcp://scanner.example.org",
}


def test_nothing_set_is_the_demo_on_localhost() -> None:
    env = read({})
    assert (env.mode, env.origin, env.is_embedded, env.personas) == ("demo", "http://localhost:8000", True, True)
    assert env.home == ROOT / "var"


def test_the_port_stands_in_the_demos_address() -> None:
    assert read({"PORT": "8123"}).origin == "http://localhost:8123"


def test_production_starts_on_settings_of_its_own() -> None:
    env = read(PRODUCTION)
    assert not env.personas
    assert env.hosts == ("certification.example.org",)
    assert env.mail is not None
    assert (env.mail.password, env.mail.port, env.mail.security) == ("pa@ss", 587, "starttls")
    assert env.scanner == Scanner("scanner.example.org", 3310, None)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"PEERCERT_SECRET": ""}, "PEERCERT_SECRET"),
        ({"PEERCERT_SECRET": "short"}, "PEERCERT_SECRET"),
        ({"PEERCERT_KEYS": ""}, "PEERCERT_KEYS"),
        ({"PEERCERT_KEYS": f"{KEY},{DEMO_KEY}"}, "PEERCERT_KEYS"),
        ({"DATABASE_URL": ""}, "PEERCERT_EMBEDDED_DATABASE"),
        ({"PEERCERT_PERSONAS": "yes"}, "PEERCERT_PERSONAS"),
        ({"PEERCERT_ORIGIN": "http://certification.example.org"}, "PEERCERT_ORIGIN"),
        ({"PEERCERT_PROXIES": ""}, "PEERCERT_PROXIES"),
        ({"EMAIL_URL": ""}, "EMAIL_URL"),
        ({"PEERCERT_ORIGIN": "https://peers.example.org"}, "PEERCERT_MAIL_FROM"),
        ({"PEERCERT_MAIL_FROM": "Complaints <c@example.org>"}, "PEERCERT_MAIL_FROM"),
        ({"CLAMD_URL": ""}, "CLAMD_URL"),
    ],
)
def test_production_refuses_and_says_which_and_how_to_mend_it(changed: dict[str, str], named: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        read({**PRODUCTION, **changed})
    assert named in str(refused.value)
    assert ":" in str(refused.value)


def test_production_takes_the_embedded_database_on_an_explicit_yes() -> None:
    assert read({**PRODUCTION, "DATABASE_URL": "", "PEERCERT_EMBEDDED_DATABASE": "yes"}).is_embedded


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PEERCERT_MODE", "prod"),
        ("PORT", "80a"),
        ("PORT", "70000"),
        ("PORT", "9" * 5_000),
        ("PEERCERT_HOME", "~nobody-of-this-name/peers"),
        ("PEERCERT_ORIGIN", "http://["),
        ("PEERCERT_ORIGIN", "http://certification.example.org:99999"),
        ("PEERCERT_ORIGIN", "certification.example.org"),
        ("PEERCERT_ORIGIN", "https://certification.example.org/path"),
        ("PEERCERT_KEYS", "abc"),
        ("PEERCERT_KEYS", base64.b64encode(b"short").decode()),
        ("DATABASE_URL", "mysql://db/peercert"),
        ("DATABASE_URL", "postgresql://db"),
        ("DATABASE_URL", "postgresql://[::1/peercert"),
        ("DATABASE_URL", "postgresql://db:port/peercert"),
        ("DATABASE_URL", "postgresql://db/peercert?colour=red"),
        ("DATABASE_OWNER_URL", "postgresql://db/peercert?colour=red"),
        ("EMAIL_URL", "smtp://["),
        ("EMAIL_URL", "consolemail://"),
        ("EMAIL_URL", "smtp://mail.example.org:port"),
        ("FILES_URL", "s3://bucket?colour=red"),
        ("FILES_URL", "/var/files"),
        ("FILES_URL", "s3://["),
        ("CLAMD_URL", "http://scanner"),
        ("CLAMD_URL", "tcp://["),
        ("CLAMD_URL", "tcp://scanner:0"),
        ("PEERCERT_SIGNER", "vault.example.org"),
        ("PEERCERT_SIGNER", "https://vault.example.org:8200"),
        ("PEERCERT_PERSONAS", "true"),
        ("PEERCERT_PROXIES", "-1"),
        ("PEERCERT_STATIC", "fast"),
    ],
)
def test_a_wrong_value_is_told_in_one_sentence_that_names_it(name: str, value: str) -> None:
    with pytest.raises(WrongSetting) as wrong:
        read({name: value})
    assert name in str(wrong.value)
    assert "\n" not in str(wrong.value)
    assert str(wrong.value).endswith(".")


SIGNER = {"PEERCERT_SIGNER": "https://vault.example.org:8200", "PEERCERT_SIGNER_TOKEN": "s.token"}


def test_an_outside_signer_is_an_address_a_token_and_names(tmp_path: Path) -> None:
    signer = read({**SIGNER, "PEERCERT_SIGNER_KEYS": "kv/transit/ca-"}).signer
    assert signer is not None
    assert (signer.address, signer.mount, signer.prefix) == ("https://vault.example.org:8200", "kv/transit", "ca-")
    assert signer.token == "s.token"
    assert "s.token" not in repr(signer)
    kept = tmp_path / "token"
    kept.write_text("s.first\n")
    signer = read({**SIGNER, "PEERCERT_SIGNER_TOKEN": "", "PEERCERT_SIGNER_TOKEN_FILE": str(kept)}).signer
    kept.write_text("s.second\n")
    assert signer is not None
    assert signer.token == "s.second"


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"PEERCERT_SIGNER_TOKEN": ""}, "either PEERCERT_SIGNER_TOKEN or PEERCERT_SIGNER_TOKEN_FILE"),
        ({"PEERCERT_SIGNER_TOKEN_FILE": "/etc/hostname"}, "either PEERCERT_SIGNER_TOKEN or"),
        ({"PEERCERT_SIGNER_TOKEN": "two words"}, "PEERCERT_SIGNER_TOKEN holds"),
        ({"PEERCERT_SIGNER_TOKEN": "", "PEERCERT_SIGNER_TOKEN_FILE": "/no/such/file"}, "No such file"),
        ({"PEERCERT_SIGNER_TOKEN": "", "PEERCERT_SIGNER_TOKEN_FILE": "/dev/null"}, "no token in it"),
        ({"PEERCERT_SIGNER_KEYS": "peercert"}, "PEERCERT_SIGNER_KEYS must look like"),
        ({"PEERCERT_SIGNER_KEYS": "../peercert-"}, "PEERCERT_SIGNER_KEYS must look like"),
        ({"PEERCERT_SIGNER_NAMESPACE": "a b"}, "PEERCERT_SIGNER_NAMESPACE must look like"),
        ({"PEERCERT_SIGNER_CA": "/no/such/file"}, "PEERCERT_SIGNER_CA is '/no/such/file'"),
        ({"PEERCERT_SIGNER_CA": "/dev/null"}, "no certificates in PEM"),
    ],
)
def test_a_signer_that_cannot_be_used_is_told_at_the_start(changed: dict[str, str], named: str) -> None:
    with pytest.raises(WrongSetting, match=named) as wrong:
        read({**SIGNER, **changed})
    assert "\n" not in str(wrong.value)
    assert str(wrong.value).endswith(".")
    assert "s.token" not in str(wrong.value)


def test_production_sends_no_token_over_an_open_line() -> None:
    with pytest.raises(WrongSetting, match="PEERCERT_SIGNER is an http:// address"):
        read({**PRODUCTION, **SIGNER, "PEERCERT_SIGNER": "http://vault.example.org:8200"})
    assert read({**PRODUCTION, **SIGNER, "PEERCERT_SIGNER": "http://127.0.0.1:8200"}).signer is not None


def test_the_password_of_a_wrong_address_is_not_said() -> None:
    with pytest.raises(WrongSetting) as wrong:
        read({"DATABASE_URL": "postgresql://web:pass word@db:x/peercert?colour=red"})
    assert "pass word" not in str(wrong.value)


def test_several_servers_of_one_database_are_an_address() -> None:
    several = "postgresql://web@one:5432,two:5433/peercert?target_session_attrs=read-write"
    assert read({"DATABASE_URL": several}).database_url == several


@pytest.mark.parametrize("command", ["serve", "migrate", "doctor"])
def test_a_command_ends_with_two_and_one_sentence(command: str) -> None:
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "peercert.cli", command],
        env={**env, "PEERCERT_MODE": "production"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (1 if command == "doctor" else 2)
    assert "PEERCERT_SECRET" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


NOWHERE = "postgresql://web@127.0.0.1:1/peercert"


def run(*command: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A command of ours with these settings and no others."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PEERCERT_")}
    return subprocess.run(
        [sys.executable, "-m", "peercert.cli", *command],
        env={**clean, **env}, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_collector_never_walks_what_the_web_server_loaded() -> None:
    code = "import gc, sys, peercert.config.wsgi; print(gc.get_freeze_count(), 'peercert.web.staff' in sys.modules)"
    python = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(python, cwd=ROOT, capture_output=True, text=True, check=True)
    frozen, is_loaded = done.stdout.split()
    assert int(frozen) > 50_000
    assert is_loaded == "True"


@pytest.mark.parametrize(
    "command", [["serve"], ["migrate"], ["grant", "administrator", "a@example.org"], ["backup", "/nowhere"]]
)
def test_a_database_that_does_not_answer_is_told_with_the_servers_own_word(command: list[str], tmp_path: Path) -> None:
    port = str(free_port())
    done = run(*command, DATABASE_URL=NOWHERE, PEERCERT_HOME=str(tmp_path), PORT=port)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1, done.stderr
    assert "Connection refused; check DATABASE_URL." in done.stderr


def test_the_doctor_looks_at_the_rest_where_the_database_is_silent(tmp_path: Path) -> None:
    done = run("doctor", DATABASE_URL=NOWHERE, PEERCERT_HOME=str(tmp_path))
    assert done.returncode == 1
    lines = {line.split()[1]: line for line in done.stdout.splitlines()}
    assert list(lines) == ["settings", "database", "files", "keys", "mail", "scanner", "static"]
    assert lines["database"].startswith("WRONG")
    assert "Connection refused" in lines["database"]
    assert lines["files"].startswith("ok")


def test_a_folder_that_is_none_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = run("serve", PEERCERT_HOME=str(tmp_path / "file"), PORT=str(free_port()))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "set PEERCERT_HOME to another one." in done.stderr


def test_an_address_of_another_machine_is_told_in_one_sentence(tmp_path: Path) -> None:
    done = run("serve", PEERCERT_HOME=str(tmp_path), PEERCERT_BIND="no.host.of.this.name.invalid")
    assert done.returncode == 2
    assert done.stderr.startswith("PEERCERT_BIND is")


def test_every_setting_is_read_and_documented() -> None:
    operator = (ROOT / "docs/operator.md").read_text()
    source = (ROOT / "peercert/config/environment.py").read_text()
    for name in documented():
        assert f"`{name}`" in operator, f"docs/operator.md does not tell {name}"
        assert source.count(f'"{name}"') >= 2, f"{name} is declared but not read"


def test_nothing_else_reads_the_environment() -> None:
    allowed = {
        "environment.py",
        "migrate.py",
        "prepare.py",
        "doctor.py",
        "worker.py",
        "wsgi.py",
        "postgres.py",
        "backup.py",
        "ready.py",
    }
    readers = [
        str(file.relative_to(ROOT))
        for file in (ROOT / "peercert").rglob("*.py")
        for text in [file.read_text().replace('os.environ.setdefault("DJANGO_SETTINGS_MODULE"', "")]
        if "os.environ" in text or "getenv" in text
        if not (file.parent.name == "config" and file.name in allowed)
    ]
    assert readers == []
