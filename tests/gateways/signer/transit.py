"""A signer of the kind that HashiCorp Vault's and OpenBao's transit engine is, on a port of its own, faults and all.

Paths, fields, statuses and error bodies are those of their published documentation and sources (docs/operator.md says
of which versions); it knows of them what the program could come upon.
"""

import base64
import json
import socket
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
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
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
    "limited": lambda *_: (429, b'{"errors":["request path \\"transit/sign/x\\": rate limit quota exceeded"]}'),
    "restarts": lambda *_: (503, b""),
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
    """A transit engine with keys of its own. `fault` is what it does wrong, by name; `may_make`: our token's policy.

    `is_old`: as those before 2022 it answers what makes or rotates a key with 204. `rest`: the Retry-After it sends.
    `oldest`: the min_encryption_version of every key.
    """

    def __init__(self, held: dict[str, list[keys.Signer]], fault: str = "", mount: str = "transit") -> None:
        self.held, self.fault, self.mount = held, fault, mount
        self.token, self.namespace, self.may_make, self.is_old = TOKEN, "", True, False
        self.asked, self.rest, self.oldest = list[str](), "", 0
        self.port, self.connections = 0, 0
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
            self._server.ended.set()
            self.hang_up()
            self._server = None

    def hang_up(self) -> None:
        """Close every connection, as a real one does with those that lay idle for `http_idle_timeout`."""
        assert self._server is not None
        for line in list(self._server.lines):
            with suppress(OSError):
                socket.socket.shutdown(line, socket.SHUT_RDWR)
        while self._server.lines:
            time.sleep(0.001)

    def make(self, name: str, kind: str) -> bool:
        """A key of that name; one that is there stays as it is, also where two ask at once. Whether it is new."""
        fresh = [_new(kind)]
        return self.held.setdefault(name, fresh) is fresh

    def rotate(self, name: str) -> None:
        """The next version."""
        self.held[name].append(_new(_kind(self.held[name][0])))


class Server(ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 128
    engine: Engine

    def __init__(self, *given: Any) -> None:
        self.lines: set[Any] = set()
        self.ended = threading.Event()
        super().__init__(*given)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.engine.connections += 1
        self.lines.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.lines.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hung up on us, or was hung up on, is nobody's fault."""


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
            self._no(404)
        else:
            self._yes(self._described(name, versions))

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
            self._no(404, f'no handler for route "{self.path.removeprefix("/v1/")}". route entry not found.')

    def _path(self) -> tuple[str, str, str]:
        """What is asked about, the key's name, and what of it."""
        self.engine.asked.append(f"{self.command} {self.path}")
        start = f"/v1/{self.engine.mount}/"
        if not self.path.startswith(start) or self.headers.get("X-Vault-Namespace", "") != self.engine.namespace:
            return "", "", ""
        kind, name, what = (*self.path.removeprefix(start).split("/"), "")[:3]
        return kind, name, what

    def _make(self, name: str, what: str, asked: Any) -> None:
        if not self.engine.may_make:
            self._no(403, "1 error occurred:\n\t* permission denied\n\n")
            return
        warnings = None
        if what == "rotate" and name not in self.engine.held:
            self._no(400, "key not found")
            return
        if what == "rotate":
            self.engine.rotate(name)
        elif not self.engine.make(name, asked.get("type", "aes256-gcm96")):
            warnings = [f"key {name} already existed"]
        if self.engine.is_old and not warnings:
            self._answer(204, b"")
        else:
            self._yes(self._described(name, self.engine.held[name]), warnings)

    def _sign(self, name: str, asked: Any) -> None:
        versions = self.engine.held.get(name)
        if versions is None:
            self._no(400, "signing key not found")
            return
        if not versions:
            self._no(400, "key type aes256-gcm96 does not support signing")
            return
        version = asked.get("key_version") or len(versions)
        if version > len(versions):
            self._trouble("requested version for signing is higher than the latest key version")
            return
        if version < self.engine.oldest:
            self._trouble("requested version for signing is less than the minimum encryption key version")
            return
        key, marshaling = versions[version - 1], asked.get("marshaling_algorithm", "asn1")
        if asked.get("hash_algorithm", "sha2-256") != "sha2-256" or asked.get("prehashed", False):
            raise NotImplementedError
        raw = key.sign(base64.b64decode(asked["input"], validate=True))
        if key.algorithm == "p256" and marshaling == "asn1":
            raw = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        if marshaling == "jws":
            written = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        else:
            written = base64.b64encode(raw).decode()
        self._yes({"signature": f"vault:v{version}:{written}", "key_version": version})

    def _described(self, name: str, versions: list[keys.Signer]) -> dict[str, Any]:
        kind, oldest = _kind(versions[0]) if versions else "aes256-gcm96", self.engine.oldest
        of_versions: dict[str, Any] = {"1": 1792424592} if not versions else {
            str(n): {"name": {"ed25519": "ed25519", "p256": "P-256"}[key.algorithm], "public_key": _written(key),
                     "creation_time": "2026-05-04T16:00:00.123456789Z"}
            for n, key in enumerate(versions, 1)
        }  # fmt: skip
        return {
            "name": name, "type": kind, "derived": False, "deletion_allowed": False, "exportable": False,
            "allow_plaintext_backup": False, "auto_rotate_period": 0, "imported_key": False,
            "min_available_version": 0, "min_decryption_version": 1, "min_encryption_version": oldest,
            "latest_version": max(len(versions), 1), "supports_encryption": not versions,
            "supports_decryption": not versions, "supports_derivation": kind != "ecdsa-p256",
            "supports_signing": bool(versions), "keys": of_versions,
        }  # fmt: skip

    def _lets_in(self) -> bool:
        if self.headers["X-Vault-Request"] != "true":  # which only an agent before it asks for
            self._no(412, "missing 'X-Vault-Request' header")
        elif self.headers["X-Vault-Token"] != self.engine.token:
            self._no(403, "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n")
        else:
            return True
        return False

    def _yes(self, data: dict[str, Any], warnings: list[str] | None = None) -> None:
        whole = {"request_id": "6c3a", "lease_id": "", "renewable": False, "lease_duration": 0, "data": data,
                 "wrap_info": None, "warnings": warnings, "auth": None}  # fmt: skip
        self._answer(200, json.dumps(whole).encode())

    def _no(self, status: int, *errors: str) -> None:
        self._answer(status, json.dumps({"errors": list(errors)}).encode())

    def _trouble(self, error: str) -> None:
        """What the engine itself refuses comes as a fault of the server's."""
        self._no(500, f"1 error occurred:\n\t* {error}\n\n")

    def _answer(self, status: int, text: bytes) -> None:
        fault = self.engine.fault
        status, text = FAULTS.get(fault, lambda *whole: whole)(status, text)
        if fault in {"closes", "closes once"}:
            self.close_connection = True
            self.engine.fault = "" if fault == "closes once" else fault
            return
        if fault == "slow":
            self.server.ended.wait(600)
        written = f"HTTP/1.1 {status} OK\r\nCache-Control: no-store\r\nContent-Type: application/json\r\n"
        if status != 204:
            written += f"Content-Length: {len(text)}\r\n"
        if self.engine.rest:
            written += f"Retry-After: {self.engine.rest}\r\n"
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
