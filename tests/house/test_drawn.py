"""The pages that are drawn from tables in the code say what the tables say, and the tables fit each other."""

import re
from pathlib import Path

import pytest

from peercert.program.access import DECIDES, MAY, WORK
from peercert.program.casework.lifecycle import VERBS
from peercert.program.casework.models import STAGES as MODEL_STAGES
from peercert.program.casework.moves import PAST
from peercert.program.people.models import ROLES as MODEL_ROLES
from peercert.program.people.organisations import MEMBER_ROLES
from peercert.words import LANGUAGES, fill, has
from tests.house.drawn import DOCS, DRAWN, ROLES

PACKAGE = Path(__file__).resolve().parents[2] / "peercert"


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_a_drawn_page_is_the_table_of_today(name):
    assert (DOCS / name).read_text(encoding="utf-8") == DRAWN[name](), "draw it anew: python -m tests.house.draw"


def test_every_role_has_a_column_and_words():
    partners = {f"partner_{code}" for code, _ in MEMBER_ROLES}
    assert {code for code, _ in MODEL_ROLES} | {"applicant"} | partners == set(ROLES)
    assert {role for roles in MAY.values() for role in roles} <= set(ROLES)
    for role in ROLES:
        assert all(fill("casework", f"role_{role}", lang=language) for language in LANGUAGES)


def test_verbs_that_weigh_or_decide_are_verbs_of_the_table():
    assert set(MAY) >= WORK | DECIDES
    assert DECIDES <= WORK


def test_every_stage_has_words_in_both_languages():
    for stage, _ in MODEL_STAGES:
        assert all(fill("casework", f"stage_{stage}", lang=language) for language in LANGUAGES)


def test_everything_that_a_timeline_or_the_audit_says_has_words():
    told = set(PAST.values())
    pattern = re.compile(r"\b_?tell(?:_audit)?\(\s*(?:[\w.]+,\s*)?\"(\w+)\"")
    for file in (PACKAGE / "program").rglob("*.py"):
        told |= set(pattern.findall(file.read_text(encoding="utf-8")))
    assert sorted(verb for verb in told if not has("timeline", verb)) == []


def test_every_verb_of_the_lifecycle_is_a_permission_or_the_programs_own():
    own = {"begin_review", "expire", "suspend_review", "lapse_request", "book", "record_result", "end", "revive",
           "reopen_unpaid"}  # fmt: skip
    named = {"supersede_with_denial": "supersede", "supersede_with_approval": "supersede",
             "take_over_approval": "take_over", "take_over_certificate": "take_over"}  # fmt: skip
    assert sorted(verb for verb in VERBS if named.get(verb, verb) not in set(MAY) | own) == []
