"""The `peercert` command: a table of names, each with the module that carries it out, imported only when called.

Such a module has `arguments(parser)`, which adds its options, and `command(options)`, which answers the exit code;
another function than `command` is named behind a colon.
Wrong input or settings are one sentence on standard error and exit code 2, never a traceback.
"""

import argparse
import errno
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

#: Name, module, what it does.
COMMANDS = {
    "serve": ("peercert.config.serve", "database if embedded, migrations, web server and worker"),
    "migrate": ("peercert.config.migrate", "bring the database up to date, as its owner"),
    "backup": ("peercert.config.backup", "write the database and the files into a new folder"),
    "restore": ("peercert.config.backup:restore", "put a backup into an empty database and store"),
    "demo": ("peercert.commands.demo", "fill an empty database with the demo state"),
    "import": ("peercert.commands.take_over", "import holders, approvals and providers of an earlier register"),
    "bounces": ("peercert.commands.bounces", "take in what mail systems say about letters that did not arrive"),
    "grant": ("peercert.commands.grant", "make the first administrators"),
    "keys": ("peercert.commands.keys", "list the signing keys, or retire one and make the next"),
    "rewrap": ("peercert.commands.rewrap", "seal with the first key of the settings what an older one sealed"),
    "receipt": ("peercert.commands.receipt", "whether a signed receipt is genuine, and what it says"),
    "doctor": ("peercert.config.doctor", "check settings, database, queue, files, keys and mail"),
    "credential": ("peercert.commands.credential", "verify a credential or a printed code, and say why not"),
    "log": ("peercert.commands.log", "audit the public log against the database"),
    "decide": ("peercert.commands.decide", "the law's answer to facts, as JSON"),
    "schema": ("peercert.commands.schema", "JSON Schema of the facts of every pathway"),
    "figures": ("peercert.commands.figures", "every figure in force on a day, with its source"),
}


class Parser(argparse.ArgumentParser):
    """Tells wrong options in one sentence."""

    def error(self, message: str) -> NoReturn:
        """Exit code 2, with the sentence on standard error."""
        self.exit(2, f"{self.prog}: {message}. See `{self.prog} --help`.\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; answers its exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    if not given or given[0] not in COMMANDS:
        wanted = bool(given) and given[0] in {"help", "-h", "--help"}
        out = sys.stdout if wanted else sys.stderr
        out.write("usage: peercert COMMAND [options]\n\n")
        out.writelines(f"  {name:<12} {says}\n" for name, (_, says) in COMMANDS.items())
        return 0 if wanted else 2
    name, rest = given[0], given[1:]
    target, says = COMMANDS[name]
    module_name, _, function = target.partition(":")
    module = importlib.import_module(module_name)
    parser = Parser(prog=f"peercert {name}", description=says)
    module.arguments(parser)
    options = parser.parse_args(rest)

    from peercert.config.environment import WrongSetting

    try:
        code = int(getattr(module, function or "command")(options))
        sys.stdout.flush()
        return code
    except WrongSetting as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    except BrokenPipeError:
        return _unread("")
    except OSError as wrong:
        if wrong.errno != errno.ENOSPC:
            raise
        return _unread(f"Standard output: {wrong.strerror}. Make room, or write elsewhere.\n")
    except KeyboardInterrupt:
        return 130


def _unread(sentence: str) -> int:
    """Exit code 1 where the answer could not be written; what is left of it goes nowhere, so that exiting is quiet."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.stderr.write(sentence)
    return 1


if __name__ == "__main__":
    sys.exit(main())
