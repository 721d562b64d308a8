"""A signer of the kind that HashiCorp Vault's transit engine is, on a port of its own, with a real one's faults."""

import base64
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from peercert.gateways.signer import keys

TOKEN = "s.token"
#: name → its versions, oldest first. As transit does, a name has one type for ever.
KEYS = {
    "credential": [keys.local("ed25519", bytes([n]) * 32) for n in (1, 2)],
    "jwt": [keys.local("p256", bytes([n]) * 32) for n in (3,)],
    "aes": [],
}
#: What a faulty engine answers instead, from the status and the text that it should.
FAULTS: dict[str, Callable[[int, bytes], tuple[int, bytes]]] = {
    "sealed": lambda *_: (503, b'{"errors":["Vault is sealed"]}'),
    "html": lambda *_: (200, b"<html>a proxy's page</html>"),
    "list": lambda *_: (200, b"[1, 2]"),
    "no signature": lambda *_: (200, b'{"data": {}}'),
    "number for a signature": lambda *_: (200, b'{"data": {"signature": 5}}'),
    "short": lambda *_: (200, b'{"data": {"signature": "vault:v1:AAAA"}}'),
    "other version": lambda status, text: (status, text.replace(b"vault:v1:", b"vault:v2:")),
    "lies": lambda *_: (200, b'{"data": {"signature": "vault:v1:' + base64.b64encode(bytes(64)) + b'"}}'),
    "huge": lambda status, text: (status, b" " * 200_000 + text),
    "redirect": lambda _, text: (307, text),
}


class Engine:
    """A transit engine with keys of its own. `fault` is what it does wrong, by name; `may_make`: our token's policy."""

    def __init__(self, held: dict[str, list[keys.Signer]], fault: str = "", mount: str = "transit") -> None:
        self.held, self.fault, self.mount = held, fault, mount
        self.token, self.may_make, self.asked = TOKEN, True, list[str]()
        self.port = 0
        self.tls: ssl.SSLContext | None = None
        self._server: Server | None = None

    @property
    def address(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Answer, from the second time on at the same address."""
        self._server = Server(("127.0.0.1", self.port), Transit)
        self._server.engine, self.port = self, self._server.server_port
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Be gone; keys stay, as they do when a real one is started again."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = None

    def make(self, name: str, kind: str) -> None:
        """A key of that name; one that is there stays as it is, also where two ask at once."""
        self.held.setdefault(name, [_new(kind)])

    def rotate(self, name: str) -> None:
        """The next version."""
        self.held[name].append(_new(_kind(self.held[name][0])))


class Server(ThreadingHTTPServer):
    daemon_threads = True
    engine: Engine


class Transit(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    @property
    def engine(self) -> Engine:
        return self.server.engine

    def do_GET(self) -> None:
        kind, name, what = self._path()
        if not self._lets_in():
            return
        versions = self.engine.held.get(name)
        if (kind, what) != ("keys", "") or versions is None:
            self._answer(404, {"errors": []})
        elif not versions:
            self._answer(200, {"data": {"type": "aes256-gcm96", "latest_version": 1, "keys": {"1": 1792424592}}})
        else:
            self._answer(200, self._described(name, versions))

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        kind, name, what = self._path()
        if not self._lets_in():
            return
        if kind == "keys":
            self._make(name, what, asked)
        elif kind == "sign":
            self._sign(name, asked)
        else:
            self._answer(404, {"errors": ["no handler for route"]})

    def _path(self) -> tuple[str, str, str]:
        """What is asked about, the key's name, and what of it."""
        self.engine.asked.append(f"{self.command} {self.path}")
        start = f"/v1/{self.engine.mount}/"
        if not self.path.startswith(start):
            return "", "", ""
        kind, name, what = (*self.path.removeprefix(start).split("/"), "")[:3]
        return kind, name, what

    def _make(self, name: str, what: str, asked: Any) -> None:
        if not self.engine.may_make:
            self._answer(403, {"errors": ["1 error occurred:\n\t* permission denied\n\n"]})
            return
        if what == "rotate":
            self.engine.rotate(name)
        else:
            self.engine.make(name, asked["type"])
        self._answer(200, self._described(name, self.engine.held[name]))

    def _sign(self, name: str, asked: Any) -> None:
        versions = self.engine.held.get(name)
        if versions is None:
            self._answer(400, {"errors": ["signing key not found"]})
            return
        version = asked.get("key_version") or len(versions)
        key = versions[version - 1]
        raw = key.sign(base64.b64decode(asked["input"], validate=True))
        if key.algorithm == "ed25519":
            written = base64.b64encode(raw).decode()
        else:
            assert (asked["hash_algorithm"], asked["marshaling_algorithm"]) == ("sha2-256", "jws")
            written = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        self._answer(200, {"data": {"signature": f"vault:v{version}:{written}", "key_version": version}})

    def _described(self, name: str, versions: list[keys.Signer]) -> dict[str, Any]:
        listed = {str(n): {"public_key": _written(key), "name": name} for n, key in enumerate(versions, 1)}
        return {"data": {"name": name, "type": _kind(versions[0]), "latest_version": len(versions), "keys": listed}}

    def _lets_in(self) -> bool:
        if self.headers["X-Vault-Token"] == self.engine.token and self.headers["X-Vault-Request"] == "true":
            return True
        self._answer(403, {"errors": ["permission denied"]})
        return False

    def _answer(self, status: int, body: Any) -> None:
        fault = self.engine.fault
        text = json.dumps({"request_id": "0", "lease_id": "", "warnings": None, **body}).encode()
        status, text = FAULTS.get(fault, lambda *whole: whole)(status, text)
        if fault == "closes":
            self.close_connection = True
            return
        written = f"HTTP/1.1 {status} OK\r\nContent-Length: {len(text)}\r\n"
        if fault == "redirect":
            written += f"Location: {self.path}\r\n"
        whole = written.encode() + b"\r\n" + text
        if fault != "drips":
            self.wfile.write(whole)
            return
        with suppress(OSError):
            for place in range(len(whole)):
                self.wfile.write(whole[place : place + 1])
                time.sleep(0.2)

    def log_message(self, *_: object) -> None: ...


def _new(kind: str) -> keys.Signer:
    algorithm: keys.Algorithm = "ed25519" if kind == "ed25519" else "p256"
    return keys.local(algorithm, keys.new(algorithm))


def _kind(key: keys.PublicKey) -> str:
    return {"ed25519": "ed25519", "p256": "ecdsa-p256"}[key.algorithm]


def _written(key: keys.PublicKey) -> str:
    if key.algorithm == "ed25519":
        return base64.b64encode(key.public).decode()
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key.public)
    return point.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@contextmanager
def running(fault: str = "", held: dict[str, list[keys.Signer]] | None = None) -> Iterator[str]:
    """The engine's address while it runs."""
    engine = Engine(KEYS if held is None else held, fault)
    engine.start()
    try:
        yield engine.address
    finally:
        engine.stop()


def self_signed(folder: Path) -> tuple[ssl.SSLContext, str]:
    """TLS of a server on the loopback, and the file of its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "vault.example.org")])
    loopback = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, datetime(2026, 1, 1), datetime(2099, 1, 1))
    signed = made.add_extension(loopback, critical=False).sign(key, hashes.SHA256())
    (folder / "certificate.pem").write_bytes(signed.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(private)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return tls, str(folder / "certificate.pem")
