"""The code about the code: what the house promises and no compiler checks."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

from tests.cluster import ROOT

PACKAGE = ROOT / "peercert"
PROGRAM = PACKAGE / "program"
#: Names under which code goes to be forgotten.
ATTICS = {"utils", "util", "helpers", "helper", "common", "core", "services", "managers", "misc"}


def sources(folder: Path = PACKAGE) -> Iterator[Path]:
    """Python files of the program, without generated ones."""
    return (file for file in sorted(folder.rglob("*.py")) if "migrations" not in file.parts)


def rooms() -> list[str]:
    """Rooms from the lowest to the highest, as the import contract orders them."""
    contract = (ROOT / ".importlinter").read_text().split("[importlinter:contract:rooms]")[1].split("[importlinter")[0]
    layers = contract.split("layers =")[1]
    return [line.strip() for line in layers.splitlines() if re.fullmatch(r"    [a-z_]+", line)][::-1]


def test_no_room_is_an_attic() -> None:
    assert [str(file) for file in sources() if ATTICS & {part.removesuffix(".py") for part in file.parts}] == []


def test_a_stage_is_written_in_one_place() -> None:
    writers = set()
    for file in sources():
        for node in ast.walk(ast.parse(file.read_text())):
            targets = node.targets if isinstance(node, ast.Assign) else []
            is_set = any(isinstance(target, ast.Attribute) and target.attr == "stage" for target in targets)
            is_updated = (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"update", "bulk_update"}
                and any(word.arg == "stage" for word in node.keywords)
            )
            if is_set or is_updated:
                writers.add(str(file.relative_to(PACKAGE)))
    assert writers == {"program/casework/moves.py"}


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("signals", r"django\.db\.models\.signals|\.dispatch\b.*\breceiver"),
        ("generic foreign keys", r"GenericForeignKey"),
        ("thread-locals", r"threading\.local|ContextVar"),
        ("unsafe markup", r"mark_safe\(|@csrf_exempt"),
    ],
)
def test_the_program_does_without(what: str, pattern: str) -> None:
    assert [str(file) for file in sources() if re.search(pattern, file.read_text())] == []


def test_saving_has_no_side_effects() -> None:
    saves = [model.__name__ for model in apps.get_app_config("program").get_models() if "save" in vars(model)]
    assert saves == []


def test_every_table_says_what_personal_data_it_holds() -> None:
    silent = [model.__name__ for model in apps.get_app_config("program").get_models() if "holds" not in vars(model)]
    assert silent == []


def test_no_room_looks_upwards_through_a_reverse_accessor() -> None:
    order = rooms()
    found: list[str] = []
    for model in apps.get_app_config("program").get_models():
        for field in model._meta.get_fields():
            if not isinstance(field, models.ForeignKey) or field.remote_field.hidden:
                continue
            here, there = _room(model), _room(field.related_model)
            if here == there or there not in order:
                continue
            accessor = field.remote_field.get_accessor_name()
            below = [room for room in order[: order.index(here)] if (PROGRAM / room).is_dir()]
            for file in (file for room in below for file in sources(PROGRAM / room)):
                if _uses(file, str(accessor), str(field.related_model.__name__)):
                    found.append(f"{file.relative_to(PACKAGE)} reaches {here} through .{accessor}")
    assert found == []


def _room(model: type[models.Model]) -> str:
    return model.__module__.split(".")[2]


def _uses(file: Path, accessor: str, target: str) -> bool:
    """Whether a file names the accessor on a variable called like the model it belongs to."""
    variable = re.sub(r"(?<!^)(?=[A-Z])", "_", target).lower()
    return bool(re.search(rf"\b{variable}\.{accessor}\b", file.read_text()))


def test_every_address_is_public_by_name_or_guarded() -> None:
    open_by_accident = [
        f"{where} {view.__module__}.{getattr(view, '__qualname__', view)}"
        for where, view in _views(get_resolver().url_patterns)
        # allauth guards its own.
        if not view.__module__.startswith(("allauth.", "django.")) and not hasattr(view, "guard")
    ]
    assert open_by_accident == []


def _views(patterns: list[URLPattern | URLResolver], before: str = "/") -> Iterator[tuple[str, object]]:
    for pattern in patterns:
        where = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns, where)
        else:
            yield where, pattern.callback


def test_templates_carry_no_script_and_no_style_of_their_own() -> None:
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|hx-on|hx-vals=['\"]js:|\|safe\b|autoescape off"
    )
    found = [
        f"{file.relative_to(PACKAGE)}: {hit[0]}"
        for file in sorted(PACKAGE.rglob("*.html"))
        for hit in inline.finditer(file.read_text())
    ]
    assert found == []


#: What the database itself does, besides answering SQL of our own.
ITSELF = {"guards", "locks", "queue"}
#: SQL too plain to differ from one server to another.
PLAIN = {"commands/log.py", "config/prepare.py", "demo/fill.py"}


def test_the_database_tests_say_whose_sql_or_guard_they_try_and_all_sql_is_tried() -> None:
    named: set[str] = set()
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for given in re.findall(r"(?<!\")pytest\.mark\.database(?:\((.*)\))?$", file.read_text(), re.MULTILINE):
            named |= set(re.findall(r'"(.+?)"', given)) or {f"nothing, in {file.name}"}
    writes = re.compile(r"\bcursor\.execute\(|\.objects\.raw\(|\bRawSQL\(")
    ours = {str(file.relative_to(PACKAGE)) for file in sources() if writes.search(file.read_text())}
    assert named - ITSELF - ours == set(), "a mark that names no SQL of ours"
    assert ours - named - PLAIN == set(), "SQL that no database test names"


def test_every_room_and_module_says_what_it_keeps() -> None:
    silent = [str(file) for file in sources() if file.read_text().strip() and not ast.get_docstring(_tree(file))]
    assert silent == []


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def test_no_file_has_outgrown_its_reader() -> None:
    long = [
        f"{file.relative_to(ROOT)} {count}" for file in sources() if (count := len(file.read_text().splitlines())) > 450
    ]
    assert long == []


def test_the_checkout_is_not_told_where_it_was_made() -> None:
    told = re.compile(r"/work/|/tmp/w\b|localhost:8[1-9]\d\d|pypi\.org|registry\.npmjs")
    files = [*ROOT.glob("*.*"), *sources(), *(ROOT / "docs").rglob("*.md"), *(ROOT / "assets").glob("*.*")]
    found = [
        f"{file.relative_to(ROOT)}: {hit[0]}"
        for file in files
        if file.is_file() and file.name != ".git"  # a worktree's, which git writes
        for hit in told.finditer(file.read_text(errors="replace"))
    ]
    assert found == []
