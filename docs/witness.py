#!/usr/bin/env python3
"""A witness of PeerCert's public log: keeps the newest checkpoint and makes sure that the next one only adds to it.

    python3 witness.py https://peercert.example/log FOLDER [KEY ...]

Run it now and then, from a machine that is not the log's. FOLDER keeps every checkpoint seen. KEY is a line of the
page /log/ ("host/log+hash+key"); without one the keys that the log names at the first run are kept and trusted from
then on (a key that the log takes later is named on the command line, once). Exit 0: all is as it was promised. Exit 1:
the log contradicts itself; both checkpoints lie in FOLDER as evidence, each signed by the log: publish them. Exit 2:
nothing was compared, since there is no answer, it is signed by another key, or an argument is wrong. Needs Python 3.9
or newer and the package `cryptography`. No account, and nothing about anybody is read: only hashes.
"""

import base64
import hashlib
import json
import sys
import urllib.request
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Contradiction(Exception):
    """What the log must never do, and did."""


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def continues(first, first_root, second, second_root, path):
    """Whether the tree of `second` leaves begins with that of `first` (RFC 9162, 2.1.4.2)."""
    if first == second:
        return first_root == second_root and not path
    if first == 0:
        return not path
    path = list(path)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    if not path:
        return False
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node(sibling, old), node(sibling, new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new = node(new, sibling)
        at, last = at >> 1, last >> 1
    return (old, new, last) == (first_root, second_root, 0)


def opened(note, keys):
    """Origin, size and root of a checkpoint that one of these keys signed."""
    text, _, below = note.rpartition("\n\n")
    origin, size, root = (text.split("\n") + ["", "", ""])[:3]
    for line in below.splitlines():
        dash, name, signature = line.split(" ")
        raw = base64.b64decode(signature)
        for key in keys:
            known_as, hashed, public = key.split("+", 2)
            if (dash, name) == ("—", origin) and known_as == origin and raw[:4].hex() == hashed:
                try:
                    lock = Ed25519PublicKey.from_public_bytes(base64.b64decode(public)[1:])
                    lock.verify(raw[4:], (text + "\n").encode())
                except InvalidSignature:
                    continue
                return origin, int(size), base64.b64decode(root)
    raise ValueError("the checkpoint is signed by no key that we trust; if the log told of a new one, name it once")


def known(key):
    """A key of the command line, refused where it is none."""
    try:
        origin, hashed, public = key.split("+", 2)
        is_key = hashlib.sha256(origin.encode() + b"\n" + base64.b64decode(public)).hexdigest()[:8] == hashed
    except ValueError:
        is_key = False
    if not is_key:
        raise ValueError(f"{key!r} is no key of a log; copy the whole line of the page /log/")
    return key


def kept(file, text):
    """Write all of it or nothing: a witness that is cut off has what it had."""
    beside = file.with_name(file.name + ".part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)


def fetched(address):
    with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310 - the log that was named
        return answer.read().decode()


def watch(log, folder, given):
    folder.mkdir(parents=True, exist_ok=True)
    trusted, newest = folder / "keys", folder / "newest"
    given = [known(key) for key in given]
    before = trusted.read_text().split() if trusted.exists() else given or json.loads(fetched(f"{log}/keys"))
    keys = list(dict.fromkeys([*before, *given]))
    note = fetched(f"{log}/checkpoint")
    origin, size, root = opened(note, keys)
    seen = folder / f"{size}-{hashlib.sha256(note.encode()).hexdigest()[:8]}"
    kept(seen, note)
    if newest.exists():
        kept_origin, kept_size, kept_root = opened(newest.read_text(encoding="utf-8"), keys)
        if kept_origin != origin:
            raise Contradiction(f"The log was {kept_origin} and calls itself {origin}.")
        if size < kept_size:
            raise Contradiction(f"The log had {kept_size} entries and has {size}: compare {seen.name} with newest.")
        proof = json.loads(fetched(f"{log}/consistency?first={kept_size}&second={size}"))
        path = [bytes.fromhex(one) for one in proof["path"]]
        if not continues(kept_size, kept_root, size, root, path):
            raise Contradiction(
                f"The log of {size} entries does not continue that of {kept_size}: compare {seen.name} with newest."
            )
    kept(trusted, "\n".join(keys) + "\n")
    kept(newest, note)
    return f"{origin}: {size} entries, root {root.hex()}"


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        print(watch(arguments[0].rstrip("/"), Path(arguments[1]), arguments[2:]))
    except Contradiction as found:
        print(f"CONTRADICTION: {found}", file=sys.stderr)
        return 1
    except (OSError, ValueError, KeyError) as trouble:
        print(f"Nothing was compared: {trouble}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
