"""Stories: a case reaches a state only by living through the journey. Every state of the demo and of a test comes so.

`Story` holds the people and the moment; each function takes it a step further and gives the case. Moments are arguments
everywhere, so that a story can be set on any past day.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from io import BytesIO
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw

from peercert.demo import cast
from peercert.demo.papers import paper
from peercert.gateways import exam_vendor
from peercert.gateways.sanitise import PageImage, sanitise
from peercert.program.applications.models import Application, Training
from peercert.program.casework.models import Case
from peercert.program.counties.models import County
from peercert.program.exams.models import ExamAuthorisation, ExamFile
from peercert.program.journey import accommodate, apply, determine, documents, exam_files, oneself, pay, review, train
from peercert.program.money.models import Due
from peercert.program.people.actor import Actor
from peercert.program.people.models import Person
from peercert.program.review.models import Check
from peercert.program.training.models import Provider, ProviderApproval
from peercert.rules import names, numbers
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
    members: dict[str, cast.Member] = field(default_factory=lambda: dict(cast.BY_KEY))

    def person(self, key: str) -> Person:
        """One of the people, on record from now on."""
        if key not in self.people:
            self.people[key] = cast.enrol(self.members[key], now=self.now)
        return self.people[key]

    def actor(self, key: str) -> Actor:
        """One of the people acting: officers in their role, applicants in their own matter."""
        return cast.actor(self.members[key], self.person(key))

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


#: Who lives in which county, where a story says so.
LIVES_IN: dict[str, County] = {}


def county(name: str = "Alameda") -> County:
    """A county to live in."""
    return County.objects.get_or_create(name=name, defaults={"code": name.lower().replace(" ", "_")})[0]


def oriented(story: Story, who: str = "maria") -> None:
    """The person went through the orientation and the self-assessment."""
    actor = story.actor(who)
    oneself.read_chapter(6, last=6, actor=actor, now=story.now)
    oneself.assess_self({"steady": "yes"}, is_finished=True, actor=actor, now=story.now)


def answers_of(story: Story, who: str, pathway: str = "initial") -> dict[str, Any]:
    """What one of the people answers in their application, column by column."""
    member = story.members[who]
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
        "chosen_name": member.chosen,
        "county_of_residence": LIVES_IN.get(who) or county(),
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
    apply.save_answers(case.pk, {**answers_of(story, who, pathway), **changes}, actor=actor, now=story.now)
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


@cache
def pages_of(content: bytes, *, most_pages: int) -> list[PageImage]:
    """What the sanitiser makes of a paper; each paper of the stories goes through its child process once."""
    return sanitise(content, most_pages=most_pages)


def give(story: Story, case: Case, kind: str, who: str = "maria") -> Any:
    """A paper of this kind, given and judged."""
    given = paper(kind)
    document = documents.give_document(
        case.pk, kind=kind, name=given.name, content=given.content, actor=story.actor(who), now=story.now
    )
    return documents.judge(document.pk, now=story.now, to_pages=pages_of)


def submitted(story: Story, who: str = "maria", pathway: str = "initial", **changes: Any) -> Case:
    """An application sent; we wait for the fee."""
    case = drafted(story, who, pathway, **changes)
    return apply.submit(case.pk, uuid4(), actor=story.actor(who), now=story.now)


def paid(story: Story, case: Case, item: str, sitting: int = 0) -> Case:
    """A fee of the case arrives by check, to the cent."""
    due = Due.objects.get(case=case, item=item, sitting=sitting)
    pay.record_payment(
        case.pk,
        means="check",
        reference=f"{item}-{case.pk}-{sitting}",
        amount_cents=due.amount_cents or 0,
        received_on=day_of(story.now),
        due_id=due.pk,
        actor=story.actor("grace"),
        now=story.now,
    )
    return Case.objects.get(pk=case.pk)


def in_review(story: Story, who: str = "maria", pathway: str = "initial", **changes: Any) -> Case:
    """An application sent, and paid where a fee is owed: the review has begun."""
    case = submitted(story, who, pathway, **changes)
    return paid(story, case, "application") if case.stage == "submitted" else case


def looked_at(story: Story, case: Case) -> Case:
    """The reviewer read the ID and passed every check."""
    ana = story.actor("ana")
    application = Application.objects.get(case=case)
    review.read_id(
        case.pk,
        kind=application.id_kind or "driver_license",
        first=application.first_name or "",
        middle=application.middle_name or "",
        last=application.last_name or "",
        born_on=application.born_on,
        expires_on=application.id_expires_on,
        has_photo=True,
        actor=ana,
        now=story.now,
    )
    for check in Check.objects.filter(case=case):
        review.mark(check.pk, "pass", actor=ana, now=story.now)
    return Case.objects.get(pk=case.pk)


def recommended(story: Story, who: str = "maria", pathway: str = "initial", **changes: Any) -> Case:
    """One officer advised to approve."""
    case = looked_at(story, in_review(story, who, pathway, **changes))
    review.recommend(case.pk, "approve", "Everything was seen.", actor=story.actor("ana"), now=story.now)
    return Case.objects.get(pk=case.pk)


def approved(story: Story, who: str = "maria", pathway: str = "initial", **changes: Any) -> Case:
    """Another officer approved: the twelve months run."""
    case = recommended(story, who, pathway, **changes)
    determine.approve(case.pk, "Everything was seen.", actor=story.actor("tom"), now=story.now)
    return Case.objects.get(pk=case.pk)


def provider(story: Story, name: str = "Sierra Peer Academy") -> Provider:
    """A training provider authorised for the core course in both languages since 2022."""
    found = Provider.objects.filter(name=name).first()
    if found is None:
        found = Provider.objects.create(
            number=numbers.make("T"), name=name, name_key=names.fold(name), recorded_at=story.now
        )
        for language in ("en", "es"):
            ProviderApproval.objects.create(
                provider=found,
                type="core",
                language=language,
                approved_on=date(2022, 7, 1),
                contract_executed_on=date(2022, 7, 1),
                recorded_at=story.now,
            )
    return found


def training_given(story: Story, who: str = "maria", case: Case | None = None) -> Case:
    """The training certificate was given; we look at it."""
    case = case or approved(story, who)
    paper = give(story, case, "training_certificate", who)
    on = day_of(story.now)
    train.give_training(
        case.pk,
        provider=provider(story).uuid,
        language=story.members[who].language,
        hours=Decimal(80),
        started_on=on - timedelta(days=40),
        completed_on=on - timedelta(days=10),
        document=paper.uuid,
        actor=story.actor(who),
        now=story.now,
    )
    return Case.objects.get(pk=case.pk)


def trained(story: Story, who: str = "maria", case: Case | None = None) -> Case:
    """The training certificate was given and accepted: the exam fee is owed."""
    case = training_given(story, who, case)
    training = Training.objects.get(application__case=case, accepted_at=None, refused_at=None)
    for check in Check.objects.filter(case=case, about=training.uuid):
        review.mark(check.pk, "pass", actor=story.actor("ana"), now=story.now)
    review.accept_training(case.pk, training.uuid, actor=story.actor("ana"), now=story.now)
    return Case.objects.get(pk=case.pk)


def ready_to_sit(story: Story, who: str = "maria", pathway: str = "initial") -> Case:
    """Approved, trained where it must be, the exam fee paid; only the question about accommodations is open."""
    case = approved(story, who, pathway)
    if pathway == "initial":
        case = trained(story, who, case)
    return paid(story, case, "exam", 1)


def accommodation_asked(story: Story, who: str, case: Case) -> None:
    """The person asked for an accommodation, with the provider's form."""
    form = give(story, case, "accommodation_form", who)
    accommodate.answer_accommodation(
        case.pk,
        is_needed=True,
        needs="Extra time and a separate room.",
        form=form.uuid,
        actor=story.actor(who),
        now=story.now,
    )


def authorised(story: Story, who: str = "maria", pathway: str = "initial") -> Case:
    """Leave to sit the exam: no accommodation was needed."""
    case = ready_to_sit(story, who, pathway)
    accommodate.answer_accommodation(case.pk, is_needed=False, actor=story.actor(who), now=story.now)
    return Case.objects.get(pk=case.pk)


def vendor_line(
    story: Story,
    case: Case,
    state: str,
    *,
    appointment: str = "V1",
    starts_at: datetime | None = None,
    as_of: datetime | None = None,
    scores: tuple[int, ...] = (),
) -> str:
    """A record of the vendor's about the newest authorisation of a case; by default about this very moment."""
    held = ExamAuthorisation.objects.filter(case=case).order_by("-pk")[0]
    starts_at = starts_at or story.now
    told = [str(score) for score in scores] or [""] * 8
    fields = [
        appointment,
        held.number,
        held.candidate_id,
        state,
        starts_at.isoformat(timespec="seconds"),
        "Fresno 5521",
    ]
    return "|".join([*fields, *told, (as_of or max(starts_at, story.now)).isoformat(timespec="seconds")])


def vendor_file(*lines: str) -> bytes:
    """The vendor's file of appointments and results with these records."""
    return "\n".join(["|".join(exam_vendor.SITTINGS), *lines, f"END|{len(lines)}", ""]).encode()


def vendor_told(story: Story, *lines: str) -> ExamFile:
    """The vendor's file arrived and its records were taken."""
    file = exam_files.import_file("vendor.txt", vendor_file(*lines), actor=story.actor("li"), now=story.now)
    exam_files.take_rows(file.pk, now=story.now)
    return ExamFile.objects.get(pk=file.pk)


def sat(story: Story, case: Case, state: str, *, appointment: str = "V1", scores: tuple[int, ...] = ()) -> Case:
    """The person sat the exam just now, and the vendor told how it went."""
    vendor_told(story, vendor_line(story, case, state, appointment=appointment, scores=scores))
    return Case.objects.get(pk=case.pk)


def certified(story: Story, who: str = "maria", pathway: str = "initial") -> Case:
    """Passed, and certified by itself."""
    case = authorised(story, who, pathway)
    story.wait(days=14)
    return sat(story, case, "PASS", appointment=f"V-{case.pk}")
