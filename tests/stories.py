"""Stories: a case reaches a state only by living through the journey. Every state of a test is made here.

`Story` holds the cast and the moment; each function takes it a step further and gives the case. Moments are arguments
everywhere, so that a story can be set on any past day.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw

from peercert.demo import cast
from peercert.program.applications.models import Application
from peercert.program.casework.models import Case
from peercert.program.counties.models import County
from peercert.program.journey import apply, documents
from peercert.program.people.actor import Actor
from peercert.program.people.models import Person
from peercert.rules.days import day_of
from peercert.rules.figures import figure

PACIFIC = ZoneInfo("America/Los_Angeles")
#: The day on which stories begin unless they say otherwise: a Monday morning.
BEGIN = datetime(2026, 5, 4, 9, 0, tzinfo=PACIFIC)


@dataclass
class Story:
    """The cast met so far and the present moment of the story."""

    now: datetime = BEGIN
    people: dict[str, Person] = field(default_factory=dict)

    def person(self, key: str) -> Person:
        """One of the cast, on record from now on."""
        if key not in self.people:
            self.people[key] = cast.enrol(key, now=self.now)
        return self.people[key]

    def actor(self, key: str) -> Actor:
        """One of the cast acting: officers in their role, applicants in their own matter."""
        return cast.actor(key, self.person(key))

    def wait(self, **span: float) -> datetime:
        """Time goes by."""
        self.now += timedelta(**span)
        return self.now


def picture(words: str = "Example", size: tuple[int, int] = (640, 400)) -> bytes:
    """A small photo of a paper with some words on it, as JPEG."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).text((40, 40), words, fill="black")
    kept = BytesIO()
    image.save(kept, "JPEG")
    return kept.getvalue()


def county(name: str = "Alameda") -> County:
    """A county to live in."""
    return County.objects.get_or_create(name=name, defaults={"code": name.lower().replace(" ", "_")})[0]


def oriented(story: Story, who: str = "maria") -> None:
    """The person went through the orientation and the self-assessment."""
    actor = story.actor(who)
    apply.read_chapter(6, last=6, actor=actor, now=story.now)
    apply.assess_self({"steady": "yes"}, is_finished=True, actor=actor, now=story.now)


def answers_of(who: str, pathway: str = "initial") -> dict[str, Any]:
    """What one of the cast answers in their application, column by column."""
    member = cast.BY_KEY[who]
    given: dict[str, Any] = {
        "first_name": member.first,
        "last_name": member.last,
        "born_on": member.born_on or date(1990, 1, 1),
        "phone": "916 555 0100",
        "street": "1 First Street",
        "city": "Oakland",
        "state": "CA",
        "postal_code": "94601",
        "written_language": member.language,
        "county_of_residence": county(),
        "lives_outside_california": False,
        "is_not_working": True,
        "id_kind": "driver_license",
        "id_expires_on": date(2030, 1, 1),
        "education_kind": "diploma",
        "lived_experience_role": "consumer",
        "is_willing_to_share": True,
        "is_dedicated": True,
    }
    if pathway in {"reciprocity", "portability"}:
        given |= {
            "other_state": "OR",
            "other_number": "OR-1234",
            "other_issued_on": date(2024, 6, 1),
            "other_expires_on": date(2027, 6, 1),
            "other_in_good_standing": True,
            "other_has_pending_discipline": False,
            "other_has_open_complaint": False,
        }
    if pathway == "portability":
        given |= {
            "service_role": "spouse",
            "orders_kind": "orders",
            "orders_from": date(2026, 1, 1),
            "orders_until": date(2028, 1, 1),
        }
    return given


#: What each pathway shows besides the ID and the schooling.
PAPERS: dict[str, tuple[str, ...]] = {
    "initial": (),
    "grandparenting": ("employment_verification", "continuing_education", "letter_supervisor", "letter_colleague",
                       "letter_self"),
    "reciprocity": ("other_certificate", "employment_verification", "continuing_education", "letter_supervisor",
                    "letter_colleague", "letter_self"),
    "portability": ("other_certificate", "military_orders"),
}  # fmt: skip


def started(story: Story, who: str = "maria", pathway: str = "initial") -> Case:
    """A draft with no answers yet."""
    return apply.start(pathway, actor=story.actor(who), now=story.now)


def drafted(story: Story, who: str = "maria", pathway: str = "initial", **changes: Any) -> Case:
    """A draft with every answer and paper that it needs; `changes` take the place of single answers."""
    actor = story.actor(who)
    case = started(story, who, pathway)
    oriented(story, who)
    apply.save_answers(case.pk, {**answers_of(who, pathway), **changes}, actor=actor, now=story.now)
    apply.attest(case.pk, True, actor=actor, now=story.now)
    application = Application.objects.get(case=case)
    apply.agree_to_code(
        case.pk,
        f"{application.first_name} {application.last_name}",
        version=str(figure("ethics_code_version", day_of(story.now)).value),
        actor=actor,
        now=story.now,
    )
    if pathway in {"reciprocity", "grandparenting"}:
        _worked(story, case, actor)
    for kind in ("photo_id", "education", *PAPERS[pathway]):
        give(story, case, kind, who)
    return case


def _worked(story: Story, case: Case, actor: Actor) -> None:
    on = day_of(story.now)
    job = {
        "employer": "Harbor Wellness Center",
        "role": "Peer support specialist",
        "started_on": on - timedelta(days=700),
        "is_current": True,
        "hours_per_week": 32,
        "is_paid": True,
        "supervisor_name": "Jo Bell",
        "supervisor_contact": "503 555 0100",
    }
    courses = (
        {"title": "Group facilitation", "hours": 14, "completed_on": on - timedelta(days=200)},
        {"title": "Law and ethics", "hours": 6, "law_and_ethics_hours": 6, "completed_on": on - timedelta(days=100)},
    )
    apply.add_row(case.pk, "employments", job, actor=actor, now=story.now)
    for course in courses:
        apply.add_row(case.pk, "continuing_education", course, actor=actor, now=story.now)
    for kind, writer in (("supervisor", "Jo Bell"), ("colleague", "Kai Moss"), ("self", "Self")):
        letter = {
            "kind": kind,
            "writer": writer,
            "dated_on": on - timedelta(days=20),
            "is_on_letterhead": kind == "supervisor",
        }
        apply.add_row(case.pk, "letters_of_support", letter, actor=actor, now=story.now)


def give(story: Story, case: Case, kind: str, who: str = "maria") -> Any:
    """A paper of this kind, given and judged."""
    document = documents.give_document(
        case.pk,
        kind=kind,
        name=f"{kind}.jpg",
        content=picture(f"{kind} {case.pk}"),
        actor=story.actor(who),
        now=story.now,
    )
    return documents.judge(document.pk, now=story.now)


def submitted(story: Story, who: str = "maria", pathway: str = "initial", **changes: Any) -> Case:
    """An application sent; we wait for the fee."""
    case = drafted(story, who, pathway, **changes)
    return apply.submit(case.pk, uuid4(), actor=story.actor(who), now=story.now)
