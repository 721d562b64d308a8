"""The papers beside the code tell what is there."""

import json
import re
import tomllib

from tests.cluster import ROOT


def test_every_dependency_has_its_line() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    node = json.loads((ROOT / "assets/package.json").read_text())
    wanted = {
        re.split(r"[\[<>=]", line)[0] for line in [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    } | {*node.get("dependencies", {}), *node.get("devDependencies", {})}
    told = (ROOT / "docs/dependencies.md").read_text()
    assert sorted(name for name in wanted if name not in told) == []


def test_every_command_is_told() -> None:
    from peercert.cli import COMMANDS

    told = "".join(file.read_text() for file in [*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")])
    assert [name for name in COMMANDS if f"peercert {name}" not in told] == []


def test_every_room_stands_in_the_import_contract() -> None:
    layers = (ROOT / ".importlinter").read_text()
    rooms = [folder.name for folder in (ROOT / "peercert/program").iterdir() if (folder / "__init__.py").exists()]
    assert [room for room in rooms if room != "migrations" and f"    {room}\n" not in layers] == []


def test_links_between_papers_lead_somewhere() -> None:
    broken = [
        f"{paper.name}: {link}"
        for paper in [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", paper.read_text())
        if not (paper.parent / link).exists()
    ]
    assert broken == []
