"""`peercert receipt verify FILE`: whether a receipt is genuine, and what it says."""

import argparse
import sys
from itertools import chain
from pathlib import Path

import orjson

from peercert.gateways.signer.receipt import Keys, NotGenuine, keys_in, opened
from peercert.gateways.signer.strict import NotJson

SAYS = {
    "not_a_receipt": "It is signed, but it is not a receipt.",
    "leaked_key": "Somebody else may know its key: its signature proves nothing. Ask the register whether it gave this "
    "receipt: send it to /verify/file/, or ask /api/v1/receipt-records/ with its SHA-256.",
    "unknown_key": "It was signed with a key that is not known here.",
    "wrong_signature": "Its signature does not hold: something in it was changed, or somebody else made it.",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which receipt, and where the keys are."""
    parser.add_argument("verb", choices=["verify"])
    parser.add_argument("file", help="a receipt as text, or many as JSON Lines; - reads standard input")
    parser.add_argument("--keys", help="the key set from /api/v1/receipt-keys; without it this register's own keys")


def command(options: argparse.Namespace) -> int:
    """What it says as JSON where it is genuine, exit 0; one sentence and exit 1 where not, exit 2 where unreadable.

    Of many each is answered on a line of its own, and exit 1 says that one of them is not genuine.
    """
    try:
        keys = keys_in(Path(options.keys).read_bytes()) if options.keys else _own()
        with sys.stdin if options.file == "-" else Path(options.file).open(encoding="ascii") as file:
            first = file.readline()
            if not first.startswith("{"):
                claims = opened(first + file.read(), keys)
                sys.stdout.write(orjson.dumps(claims, option=orjson.OPT_INDENT_2).decode() + "\n")
                return 0
            return max([_line(number, line, keys) for number, line in enumerate(chain([first], file), start=1)])
    except NotGenuine as wrong:
        sys.stderr.write(f"Not genuine. {SAYS[wrong.code]}\n")
        return 1
    except NotJson:
        sys.stderr.write(f"{options.file} is not a receipt: it is three parts of letters with two dots between.\n")
        return 2
    except OSError as wrong:
        sys.stderr.write(f"{wrong.filename} cannot be read: {wrong.strerror}.\n")
        return 2
    except ValueError:
        sys.stderr.write("The receipt is not text, or the keys are not a JSON Web Key Set: fetch both again.\n")
        return 2


def _line(number: int, line: str, keys: Keys) -> int:
    """Answer one line of many; its exit code."""
    try:
        claims = opened(orjson.loads(line)["receipt"], keys)
    except NotGenuine as wrong:
        sys.stderr.write(f"Line {number} is not genuine. {SAYS[wrong.code]}\n")
        return 1
    except (NotJson, ValueError, TypeError, KeyError, AttributeError):
        sys.stderr.write(f"Line {number} holds no receipt: each line is one as the program gave it.\n")
        return 2
    sys.stdout.write(orjson.dumps(claims).decode() + "\n")
    return 0


def _own() -> Keys:
    from peercert.config.ready import program

    with program():
        from peercert.program.certificates.signing import leaked, public_keys

        return Keys({key.kid: key for key in public_keys("receipt")}, leaked("receipt"))
