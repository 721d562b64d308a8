"""`peercert schema facts`: the JSON Schema of the facts of every pathway."""

import argparse
import sys
from typing import Any

import msgspec
import orjson

from peercert.rules.facts import Facts


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `schema` takes."""
    parser.add_argument("of", choices=("facts",), help="what to describe")


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of what `decide` reads."""
    found = msgspec.json.schema(Facts)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Facts",
        "description": "What is known about a person, asked of the law. An absent field is not yet known.",
        **found,
    }


def command(options: argparse.Namespace) -> int:
    """Writes the schema."""
    sys.stdout.buffer.write(orjson.dumps(schema(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return 0
