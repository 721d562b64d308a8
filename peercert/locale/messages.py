"""Gathers the parts of the Spanish catalog, compiles it, and says which sentences have no Spanish yet.

`python -m peercert.locale.messages`: gather, compile, tell what is missing. `--compile`: no telling. `--check`: change
nothing, exit 1 where something is wrong. The parts are the source; `es/LC_MESSAGES/django.po` and `.mo` are built.
"""

import argparse
import ast
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent
PARTS = HERE / "parts"
BUILT = HERE / "es" / "LC_MESSAGES" / "django.po"

#: Functions whose first texts are sentences: how many texts, and whether a context stands before them.
CALLS = {
    "_": (1, False),
    "__": (1, False),
    "gettext": (1, False),
    "gettext_lazy": (1, False),
    "gettext_noop": (1, False),
    "ngettext": (2, False),
    "ngettext_lazy": (2, False),
    "pgettext": (1, True),
    "pgettext_lazy": (1, True),
    "npgettext": (2, True),
    "npgettext_lazy": (2, True),
}
_PLACES = re.compile(r"%\((\w+)\)[a-z]|%[sd]|\{(\w*)\}")
_IN_TEMPLATE = re.compile(r"(?<!\w)(_|n?p?gettext)\(((?:[^()'\"]|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")*)\)")


@dataclass(frozen=True)
class Sentence:
    """One sentence in the code: its English, its plural where it has one, its context, and where it stands."""

    text: str
    plural: str | None
    context: str | None
    where: str


def sentences() -> Iterator[Sentence]:
    """Every sentence that a person may read, from templates and code."""
    for file in sorted(PACKAGE.rglob("*.py")):
        if "migrations" not in file.parts and file != Path(__file__):
            yield from _in_code(file.read_text(), str(file.relative_to(PACKAGE)))
    for pattern in ("*.html", "*.txt"):
        for file in sorted(PACKAGE.rglob(pattern)):
            yield from _in_template(file.read_text(), str(file.relative_to(PACKAGE)))


def _in_code(source: str, where: str) -> Iterator[Sentence]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in CALLS:
                yield from _call(name, node.args, f"{where}:{node.lineno}")


def _in_template(source: str, where: str) -> Iterator[Sentence]:
    from django.utils.translation.template import templatize

    for found in _IN_TEMPLATE.finditer(templatize(source, origin=where)):
        call = ast.parse(f"f({found[2]})", mode="eval").body
        if not isinstance(call, ast.Call):
            continue
        yield from _call(found[1], call.args, where)


def _call(name: str, arguments: list[ast.expr], where: str) -> Iterator[Sentence]:
    count, has_context = CALLS[name]
    texts = [a.value for a in arguments if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if len(texts) < count + has_context:
        return
    context = texts.pop(0) if has_context else None
    # An empty text would ask for the catalog's own header.
    if any(letter.isalpha() for letter in texts[0]):
        yield Sentence(texts[0], texts[1] if count == 2 else None, context, where)


def gather() -> tuple[Catalog, list[str]]:
    """The catalog of all parts, and what is wrong with them: one sentence each."""
    catalog = Catalog(locale="es", domain="django", charset="utf-8", fuzzy=False)
    wrong: list[str] = []
    seen: dict[tuple[str | None, str], tuple[str, object]] = {}
    for part in sorted(PARTS.glob("*.po")):
        for message in read_po(io.BytesIO(part.read_bytes()), locale="es", charset="utf-8"):
            if not message.id:
                continue
            key = (message.context, message.id if isinstance(message.id, str) else message.id[0])
            if key in seen and seen[key][1] != message.string:
                wrong.append(f"{part.name} and {seen[key][0]} give different Spanish for {key[1]!r}")
            elif not all(message.string if isinstance(message.string, tuple | list) else [message.string]):
                wrong.append(f"{part.name}: no Spanish for {key[1]!r}")
            elif _places(message.id) != _places(message.string):
                wrong.append(f"{part.name}: the places to fill in differ in {key[1]!r}")
            else:
                seen[key] = (part.name, message.string)
                catalog.add(message.id, message.string, context=message.context)
    return catalog, wrong


def _places(text: object) -> set[str]:
    texts = list(text) if isinstance(text, tuple | list) else [str(text)]
    return {found[0] for each in texts for found in _PLACES.finditer(each) if found[0] != "%d" or len(texts) == 1}


def missing(catalog: Catalog) -> list[str]:
    """Sentences of the program without Spanish: where each stands, and its English."""
    found: dict[tuple[str | None, str], Sentence] = {}
    for sentence in sentences():
        message = catalog.get(sentence.text, sentence.context)
        if message is None or (sentence.plural is not None and not isinstance(message.string, tuple | list)):
            found.setdefault((sentence.context, sentence.text), sentence)
    return [f"{each.where}: {each.text!r}" for each in found.values()]


def build(catalog: Catalog) -> None:
    """Write the gathered catalog and its compiled form."""
    BUILT.parent.mkdir(parents=True, exist_ok=True)
    with BUILT.open("wb") as file:
        write_po(file, catalog, width=100, omit_header=False, sort_output=True)
    with BUILT.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalog)


def build_if_older() -> None:
    """Compile again where a part changed since; for test runs."""
    built = BUILT.with_suffix(".mo")
    newest = max((part.stat().st_mtime for part in PARTS.glob("*.po")), default=0.0)
    if not built.exists() or built.stat().st_mtime < newest:
        build(gather()[0])


def main() -> int:
    """The command; answers its exit code."""
    parser = argparse.ArgumentParser(prog="make messages", description=__doc__)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    catalog, wrong = gather()
    if not options.check:
        build(catalog)
    if not options.compile:
        wrong += [f"no Spanish for {line}" for line in missing(catalog)]
    for line in wrong:
        sys.stderr.write(f"{line}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
