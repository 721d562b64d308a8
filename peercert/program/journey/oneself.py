"""What a person does for themselves, apart from any case: the orientation, the self-assessment, optional answers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from peercert.program.access import require
from peercert.program.applications import actions
from peercert.program.applications.models import SelfAssessment
from peercert.program.errors import Refused
from peercert.program.journey.step import step
from peercert.program.people.actor import Actor
from peercert.program.people.models import Person

#: The answers a person may give about themselves for the program's counts.
DEMOGRAPHICS = frozenset({"age_band", "ethnicity", "gender", "is_transgender", "orientation", "disability", "veteran"})


@step
def read_chapter(chapter: int, *, last: int, actor: Actor, now: datetime) -> SelfAssessment:
    """Note that the person read the orientation up to this chapter, out of `last`."""
    require(actor, "start")
    return actions.keep_orientation(person_of(actor), chapter=chapter, last=last, now=now)


@step
def assess_self(answers: Mapping[str, str], *, is_finished: bool, actor: Actor, now: datetime) -> SelfAssessment:
    """Keep the person's own self-assessment. No officer's page reads it."""
    require(actor, "start")
    return actions.keep_self_assessment(person_of(actor), answers, is_finished=is_finished, now=now)


@step
def answer_demographics(
    changes: Mapping[str, Any], *, seen: Mapping[str, str] | None = None, actor: Actor, now: datetime
) -> actions.Saved:
    """Keep optional answers about oneself, apart from every case and unseen by officers; merged as an application's."""
    require(actor, "start")
    if not set(changes) <= DEMOGRAPHICS:
        raise Refused("not_an_answer")
    return actions.write_demographics(person_of(actor), changes, seen=seen, now=now)


def person_of(actor: Actor) -> Person:
    """Who acts; raises Refused("not_yours") where nobody does."""
    if actor.person is None:
        raise Refused("not_yours")
    return actor.person
