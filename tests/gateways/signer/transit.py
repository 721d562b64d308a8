"""A signer of the kind that HashiCorp Vault's transit engine is, on a port of its own, with a real one's faults."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

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


class Transit(BaseHTTPRequestHandler):
    """`fault` is what the engine does wrong, by name."""

    fault = ""
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        name = self.path.removeprefix("/v1/transit/keys/")
        versions = KEYS.get(name)
        if not self._lets_in():
            return
        if versions is None:
            self._answer(404, {"errors": []})
        elif name == "aes":
            self._answer(200, {"data": {"type": "aes256-gcm96", "latest_version": 1, "keys": {"1": 1792424592}}})
        else:
            listed = {str(n): {"public_key": _written(key), "name": name} for n, key in enumerate(versions, 1)}
            kind = {"ed25519": "ed25519", "p256": "ecdsa-p256"}[versions[0].algorithm]
            self._answer(200, {"data": {"name": name, "type": kind, "latest_version": len(versions), "keys": listed}})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._lets_in():
            return
        versions = KEYS.get(self.path.removeprefix("/v1/transit/sign/"))
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

    def _lets_in(self) -> bool:
        if self.headers["X-Vault-Token"] == TOKEN and self.headers["X-Vault-Request"] == "true":
            return True
        self._answer(403, {"errors": ["permission denied"]})
        return False

    def _answer(self, status: int, body: Any) -> None:
        text = json.dumps({"request_id": "0", "lease_id": "", "warnings": None, **body}).encode()
        status, text = FAULTS.get(self.fault, lambda *whole: whole)(status, text)
        if self.fault == "closes":
            self.close_connection = True
            return
        written = f"HTTP/1.1 {status} OK\r\nContent-Length: {len(text)}\r\n"
        if self.fault == "redirect":
            written += f"Location: {self.path}\r\n"
        whole = written.encode() + b"\r\n" + text
        if self.fault != "drips":
            self.wfile.write(whole)
            return
        with suppress(OSError):
            for place in range(len(whole)):
                self.wfile.write(whole[place : place + 1])
                time.sleep(0.02)

    def log_message(self, *_: object) -> None: ...


def _written(key: keys.PublicKey) -> str:
    if key.algorithm == "ed25519":
        return base64.b64encode(key.public).decode()
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key.public)
    return point.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@contextmanager
def running(fault: str = "") -> Iterator[str]:
    """The engine's address while it runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Faulty", (Transit,), {"fault": fault}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
