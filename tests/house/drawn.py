"""docs/permissions.md and docs/lifecycle.md as the tables in the code have them. To write them: tests.house.draw."""

from pathlib import Path

from peercert.program.access import DECIDES, MAY, NEEDS_SECOND, WORK
from peercert.program.casework.lifecycle import APPLICATION, CLOSED
from peercert.program.casework.moves import PAST
from peercert.words import fill

DOCS = Path(__file__).resolve().parents[2] / "docs"
ROLES = (
    "applicant", "reviewer", "determiner", "exam_officer", "finance_officer", "program_manager", "auditor",
    "administrator", "partner_administrator", "partner_member",
)  # fmt: skip


def permissions() -> str:
    """Who may do what, verb by verb, as `peercert/program/access.py` has it."""
    lines = [
        "# Who may do what",
        "",
        "Drawn from `peercert/program/access.py`; a test fails where this page differs from it. To draw it anew:",
        "`python -m tests.house.draw`.",
        "",
        "- Least privilege: a role may do what stands in its column and nothing else.",
        "- *applicant* means the person the case is about, in their own matter alone.",
        "- *partner administrator* and *partner member* mean someone who acts for an organization, in its matters"
        " alone; whether they still do is asked at every step. An officer who ever belonged to an organization, or"
        " declared a tie to it, never works on its matters.",
        f"- {_listed(NEEDS_SECOND)} count only once a second administrator has confirmed them. Nobody grants themselves"
        " a role.",
        "- Verbs with ● weigh a case: refused, and the refusal recorded, to whoever the case is about or who declared"
        " an interest in it.",
        "- Verbs with ◆ decide: refused to whoever recommended. Putting a determination right is refused to whoever"
        " recommended or decided it.",
        "- Where no determiner is left, a program manager names an outside decider for that case alone.",
        "- Every opening of a case or of a document is recorded with the person, the moment and, for auditors, the"
        " purpose.",
        "",
        "| verb | | " + " | ".join(role.replace("_", " ") for role in ROLES) + " |",
        "|---|---|" + "---|" * len(ROLES),
    ]
    for verb, roles in MAY.items():
        sign = ("●" if verb in WORK else "") + ("◆" if verb in DECIDES else "")
        cells = ("yes" if role in roles else "" for role in ROLES)
        lines.append(f"| `{verb}` | {sign} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def lifecycle() -> str:
    """Every stage, every verb and where it leads, as `peercert/program/casework/lifecycle.py` has it."""
    lines = [
        "# The life of an application",
        "",
        "Drawn from `peercert/program/casework/lifecycle.py`; a test fails where this page differs from it. To draw it",
        "anew: `python -m tests.house.draw`.",
        "",
        "Waiting is not a stage: whether we wait for a payment, an answer or a result, and who must act by when, is",
        "derived from dues, requests and clocks. A step that is not in the table is refused and changes nothing.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    [*] --> draft",
    ]
    lines += [f"    {before} --> {after}: {verb}" for (before, verb), after in APPLICATION.items() if before != after]
    lines += [f"    {stage} --> [*]" for stage in sorted(CLOSED)]
    lines += ["```", "", "| stage | in Spanish | verb | leads to | the timeline says |", "|---|---|---|---|---|"]
    for (before, verb), after in APPLICATION.items():
        there = "stays" if before == after else fill("casework", f"stage_{after}")
        here = fill("casework", f"stage_{before}"), fill("casework", f"stage_{before}", lang="es")
        lines.append(f"| {here[0]} | {here[1]} | `{verb}` | {there} | {fill('timeline', PAST[verb])} |")
    return "\n".join(lines) + "\n"


def _listed(roles: frozenset[str]) -> str:
    return " and ".join(f"*{role.replace('_', ' ')}*" for role in sorted(roles)).capitalize()


DRAWN = {"permissions.md": permissions, "lifecycle.md": lifecycle}
