"""`peercert figures`: every figure in force on a day, with value, start, source and certainty."""

import argparse
import sys
from datetime import datetime
from typing import Any

import orjson

from peercert.commands.decide import day
from peercert.rules import figures
from peercert.rules.days import PACIFIC


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `figures` takes."""
    parser.add_argument("--on", type=day, metavar="DATE", help="the day; default: today in California")
    parser.add_argument("--topic", help="one topic alone: a file of peercert/rules/figures")
    parser.add_argument("--json", action="store_true", help="as JSON instead of a table")


def command(options: argparse.Namespace) -> int:
    """Writes the figures; exit code 2 for a topic that does not exist."""
    on = options.on or datetime.now(PACIFIC).date()  # noqa: TID251
    found = figures.in_force()
    topics = sorted({rows[0].topic for rows in found.entries.values()})
    if options.topic is not None and options.topic not in topics:
        sys.stderr.write(f"--topic: there is no topic {options.topic}. Topics: {', '.join(topics)}.\n")
        return 2
    standing = [entry for name in found.entries if (entry := found.on(name, on)) is not None]
    standing = [entry for entry in standing if options.topic in (None, entry.topic)]
    standing.sort(key=lambda entry: (entry.topic, entry.name))
    if options.json:
        rows = [_row(entry) for entry in standing]
        sys.stdout.buffer.write(orjson.dumps(rows, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    else:
        sys.stdout.write(_table([["figure", "value", "from", "certainty", "source"], *map(_cells, standing)]))
    return 0


def _row(entry: figures.Figure) -> dict[str, Any]:
    return {
        "name": entry.name,
        "value": entry.value,
        "from": entry.since,
        "source": entry.source,
        "certainty": entry.certainty,
        "topic": entry.topic,
    }


def _cells(entry: figures.Figure) -> list[str]:
    value = entry.value
    if value is None:
        value = "unknown"
    elif entry.name.endswith("_fee"):
        value = f"${value}"
    elif isinstance(value, bool):
        value = "yes" if value else "no"
    elif isinstance(value, list):
        value = f"{len(value)} days" if entry.topic == "closed_days" else ", ".join(map(str, value))
    return [entry.name, str(value), str(entry.since), entry.certainty, entry.source]


def _table(rows: list[list[str]]) -> str:
    widths = [min(44, max(len(row[column]) for row in rows)) for column in range(len(rows[0]) - 1)]
    lines = (
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]) for row in rows
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)
