"""`peercert decide`: the law's answer as JSON, for one document of facts or for a line of facts each."""

import argparse
import errno
import gc
import os
import stat
import sys
from datetime import date
from pathlib import Path

import orjson

from peercert import words
from peercert.commands.answers import Mistake, answer
from peercert.commands.place import line_of
from peercert.rules import figures
from peercert.rules.reform import laid_over


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `decide` takes."""
    parser.add_argument("facts", help="a JSON file, a .jsonl file, or - for standard input")
    parser.add_argument("--on", type=day, metavar="DATE", help="the day that governs the question, as in 2026-05-01")
    parser.add_argument("--lang", choices=("en", "es"), default="en", help="language of says and because")
    parser.add_argument("--reform", type=Path, metavar="FILE.toml", help="figures that stand in for those in force")
    parser.add_argument("--lines", action="store_true", help="facts are JSON Lines; one line of answer for each")
    parser.add_argument("--cores", type=int, default=0, help="processes to use for lines; default: all cores")


def day(text: str) -> date:
    """A day of the calendar. Raises argparse's error with a sentence."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write it as in 2026-05-01") from None


def command(options: argparse.Namespace) -> int:
    """Answers; exit code 2 where nothing could be answered, 1 where some lines could not."""
    try:
        in_force = figures.in_force()
        if options.reform:
            in_force = laid_over(in_force, options.reform)
        source = _opened(options.facts)
    except figures.WrongFigure as wrong:
        return _refuse(f"--reform: {wrong}")
    except OSError as wrong:
        return _refuse(
            f"{options.facts}: {wrong.strerror}. Give the path of a file with facts, or - for standard input."
        )
    if options.lines or options.facts.endswith(".jsonl"):
        return _lines(source, options, in_force)
    with os.fdopen(source, "rb") as file:
        text = file.read()
    try:
        found = answer(text, options.on, in_force, options.lang)
    except Mistake as mistake:
        return _refuse(f"{options.facts}: {_told(mistake, text, options.lang)}")
    sys.stdout.buffer.write(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return 0


def _opened(path: str) -> int:
    """A descriptor to read facts from. Raises OSError, for a folder too."""
    source = 0 if path == "-" else os.open(path, os.O_RDONLY)
    if stat.S_ISDIR(os.fstat(source).st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return source


def _told(mistake: Mistake, text: bytes, lang: str) -> str:
    """A mistake in a document as one sentence, with its line and field."""
    byte = mistake.values.get("byte")
    line = line_of(text, mistake.field) if byte is None else text.count(b"\n", 0, byte) + 1
    told = mistake.told(lang)
    where = words.fill("mistakes", "where_line", {"line": line}, lang)
    if told["field"]:
        where = f"{where}, {words.fill('mistakes', 'where_field', told, lang)}"
    return f"{where}: {told['error']} {told['mend']}"


def _lines(source: int, options: argparse.Namespace, in_force: figures.Figures) -> int:
    from peercert.commands.lines import Unfinished, answer_lines

    def one(line: bytes) -> bytes:
        return orjson.dumps(answer(line, options.on, in_force, options.lang))

    gc.set_threshold(100_000)  # answers hold no cycles
    cores = options.cores or len(os.sched_getaffinity(0))
    sys.stdout.flush()
    try:
        return 0 if answer_lines(source, sys.stdout.fileno(), one, options.lang, cores) else 1
    except BrokenPipeError:
        return 1
    except Unfinished:
        return _refuse(f"{options.facts}: a process was ended, and the answers are not complete. Ask again.")


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 2
