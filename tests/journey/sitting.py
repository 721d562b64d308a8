"""What the tests of the exam say often."""

from typing import Any

from peercert.program.casework.models import Case
from peercert.program.exams.models import Accommodation
from peercert.program.journey import accommodate, sit
from peercert.program.notices.models import Letter
from tests.stories import (
    Story,
    paid,
)

SCORES = (61, 62, 63, 64, 65, 66, 67, 68)


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def letters(case: Case) -> list[str]:
    return list(Letter.objects.filter(case=case).order_by("pk").values_list("code", flat=True))


def letter(case: Case, code: str) -> Letter:
    return Letter.objects.filter(case=case, code=code).order_by("-pk")[0]


def happened(case: Case) -> list[str]:
    return list(case.timeline.order_by("pk").values_list("verb", flat=True))


def asked_for(story: Story, case: Case, needs: str = "A separate room, please.", **more: Any) -> Accommodation:
    return accommodate.answer_accommodation(
        case.pk, is_needed=True, needs=needs, actor=story.actor("maria"), now=story.now, **more
    )


def decided(story: Story, case: Case, outcome: str, **more: Any) -> Accommodation:
    return accommodate.decide_accommodation(case.pk, outcome=outcome, actor=story.actor("li"), now=story.now, **more)


def retake(story: Story, case: Case, who: str = "maria") -> Case:
    """Another sitting asked for and paid."""
    request = sit.ask_for_retake(case.pk, actor=story.actor(who), now=story.now)
    return paid(story, case, "retake", request.sitting)
