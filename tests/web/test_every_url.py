"""Every address tried as every role, read and sent: the right answer or the right refusal, and never a fault of ours.

`TABLE` is written by hand and knows nothing of the views' own guards or of the table of permissions: it says what the
ground rules want. An address that it does not name fails.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone, translation

from peercert.demo import partners
from peercert.demo.cast import CAST, Member
from peercert.program.casework.models import Case, Document, Task
from peercert.program.certificates.models import Certificate
from peercert.program.exams.models import ExamAuthorisation, ExamFile
from peercert.program.journey import answer, exam_files, members, oneself, past_rosters, pay, review, rosters
from peercert.program.money.models import Due
from peercert.program.notices.models import Letter
from peercert.program.people.models import Person
from peercert.program.review.models import Check, PossibleMatch
from peercert.rules.days import day_of
from tests.stories import Story, certified, provider, started, submitted, training_given

#: What stands in the owner's self-assessment, where only the owner may ever see it.
OWN = "nobody-elses-business"
STRANGER, OWNER, OTHER = "stranger", "maria", "devon"
OFFICERS = frozenset(member.key for member in CAST if member.role)
#: Dana administers a county's account, Omar is a member there, Noor was one; everyone else never belonged to it.
ADMINISTRATOR, MEMBER, GONE = "dana", "omar", "noor"
EVERYONE = (STRANGER, OWNER, OTHER, *sorted(OFFICERS), ADMINISTRATOR, MEMBER, GONE)
#: Addresses tried with a draft, and with the case of someone certified; all others with the case of their door.
DRAFT = ("tasks", "check", "discard", "question_group", "row", "papers")
OF_A_HOLDER = ("exam_case", "exam_step", "certificate", "certificate_file", "take_off")


@dataclass(frozen=True)
class Expected:
    """Who gets `get` and `post`; what a stranger, single officers besides, and everyone else get."""

    who: frozenset[str]
    get: int
    post: int
    stranger: tuple[int, int] = (302, 302)
    others: tuple[int, int] = (403, 403)
    besides: dict[str, tuple[int, int]] = field(default_factory=dict)

    def status(self, who: str, method: str) -> int:
        """The status for one of the people."""
        at = 0 if method == "get" else 1
        if who in self.who:
            return (self.get, self.post)[at]
        if who in self.besides:
            return self.besides[who][at]
        return (self.stranger if who == STRANGER else self.others)[at]


def public(get: int = 200, post: int = 200) -> Expected:
    """The same for everyone."""
    return Expected(frozenset(EVERYONE), get, post)


def known(get: int = 200, post: int = 200, stranger: tuple[int, int] = (302, 302)) -> Expected:
    """The same for everyone who signed in: everyone about themselves alone."""
    return Expected(frozenset(EVERYONE) - {STRANGER}, get, post, stranger)


def own(get: int = 200, post: int = 200) -> Expected:
    """For the person it is about and nobody else, officers included. A method that nobody may use tells nothing."""
    return Expected(frozenset({OWNER}), get, post, others=(403, 405 if post == 405 else 403))


def by(who: str, get: int = 200, post: int = 200, **besides: tuple[int, int]) -> Expected:
    """For these officers; `besides` get something else than "not yours"."""
    return Expected(frozenset(who.split()), get, post, besides=besides)


def outside(get: int = 200, post: int = 200) -> Expected:
    """For those who are not signed in; who is, is led on."""
    return Expected(frozenset({STRANGER}), get, post, others=(302, 302))


def belonging(get: int = 200, post: int = 200, **besides: tuple[int, int]) -> Expected:
    """For those who act for the organisation now. Who did is told so; for everyone else there is none."""
    other = {GONE: (403, 403), **besides}
    return Expected(frozenset({ADMINISTRATOR, MEMBER}) - {*other}, get, post, others=(404, 404), besides=other)


READERS = "ana tom li grace sam pat"
WEIGHS = "ana tom"
CASE_OFFICERS = "ana tom sam"
EXAM_READERS = "li sam pat"
MONEY_READERS = "ana tom grace sam pat"
KEEPERS = "ana sam"

#: What is read with GET and what an unfilled form, or a form's button, is answered with.
TABLE: dict[str, Expected] = {
    # machines
    "health_live": public(200, 405),
    "health_ready": public(503, 405),
    "metrics": public(200, 405),
    "webhook_keys": public(200, 405),
    # for machines: a session opens nothing, and no session makes a difference
    "api:getDescription": public(200, 405),
    "api:getCertificate": public(200, 405),
    "api:listProviders": public(200, 405),
    "api:getProvider": public(422, 405),
    "api:fhirMetadata": public(200, 405),
    "api:fhirSearchPractitioner": public(401, 405),
    "api:fhirSearchPractitionerRole": public(401, 405),
    "api:fhirReadPractitioner": public(401, 405),
    "api:fhirReadPractitionerRole": public(401, 405),
    "api:getCheckpoint": public(404, 405),
    "api:getConsistency": public(422, 405),
    "api:getInclusion": public(422, 405),
    "api:getProof": public(404, 405),
    "api:listRoster": public(401, 401),
    "api:replaceRoster": public(401, 401),
    "api:addToRoster": public(401, 401),
    "api:getRoster": public(401, 405),
    "api:listRosterLines": public(401, 405),
    "api:listChanges": public(401, 405),
    "api:verifyFile": public(405, 401),
    "api:getReceiptKeys": public(200, 405),
    "api:getReceiptRecord": public(404, 405),
    "api:createReceipt": public(401, 401),
    "api:listReceipts": public(401, 401),
    "api:getReceipt": public(401, 405),
    # open to everyone
    "public:front": public(200, 405),
    "public:how": public(200, 405),
    "public:complaint": public(200, 405),
    "public:contact": public(200, 405),
    "public:accessibility": public(200, 405),
    "public:api": public(200, 405),
    "public:privacy": public(200, 405),
    "public:cannot_sign_in": public(200, 422),
    "did_document": public(200, 405),
    "status_list": public(404, 405),
    "public:achievements": public(200, 405),
    "public:achievement": public(200, 405),
    "public:competencies": public(200, 405),
    "public:areas": public(200, 405),
    # no link was made, no credential is known by this name
    "public:shared": public(404, 405),
    "public:credential_file": public(403, 405),
    "public:verify": public(200, 422),
    "public:certificate": public(200, 405),
    "public:log": public(200, 405),
    "log:checkpoint": public(404, 405),
    "log:keys": public(200, 405),
    "log:consistency": public(400, 405),
    "log:proof": public(404, 405),
    "log:tile": public(404, 405),
    "log:entries": public(404, 405),
    "public:verify_file": public(200, 422),
    "public:printed_code": public(200, 405),
    "public:worker": public(200, 405),
    "public:manifest": public(200, 405),
    "applicant:home": public(),
    "applicant:eligibility": public(),
    # one's own place
    "applicant:start": known(200, 422),
    "applicant:claim": known(200, 422),
    "applicant:orientation": known(302, 302),
    "applicant:chapter": known(200, 302),
    "applicant:self_assessment": known(200, 422),
    "applicant:download": known(),
    "applicant:letters": known(),
    # one's own matter
    "applicant:document_page": own(),
    "applicant:certificate": own(200, 302),
    "applicant:certificate_file": own(404, 405),
    "applicant:credential_jwt": own(404, 405),
    "applicant:card": own(404, 405),
    "applicant:sharing": own(200, 422),
    "applicant:others_see": own(200, 302),
    "applicant:watchers": own(200, 404),
    "applicant:npi": own(200, 422),
    "applicant:tasks": own(),
    "applicant:check": own(200, 422),
    "applicant:submitted": own(),
    "applicant:discard": own(200, 302),
    "applicant:status": own(),
    "applicant:request": own(302, 302),
    "applicant:ask": own(200, 422),
    "applicant:notice": own(200, 422),
    "applicant:withdraw": own(200, 409),
    "applicant:reapply": own(302, 302),
    "applicant:papers": own(302, 302),
    "applicant:letter": own(),
    "applicant:fees": own(),
    "applicant:training": own(302, 302),
    "applicant:exam": own(),
    "applicant:accommodation": own(302, 302),
    "applicant:agree_to_ethics": own(200, 422),
    "applicant:retake": own(302, 409),
    "applicant:question_group": own(200, 422),
    "applicant:row": own(404, 404),
    # the queue
    "staff:queue": by(READERS),
    "staff:queue_assign": by(CASE_OFFICERS, 302, 302),
    "staff:queue_views": by(READERS, 302, 302),
    "staff:queue_export": by("ana tom li grace sam", 302, 200),
    # one case
    "staff:case": by(READERS, 200, 405),
    "staff:mark": by(WEIGHS, 405, 404),
    "staff:read_id": by(WEIGHS, 200, 422),
    "staff:link_record": by("sam", 404, 404),
    "staff:note": by("ana tom li grace sam", 405, 422),
    "staff:match": by(WEIGHS, 405, 409),
    "staff:hold": by("ana tom li sam", 405, 422),
    "staff:lift_hold": by("tom sam", 405, 409),
    "staff:assign": by(CASE_OFFICERS, 405, 302),
    "staff:accept_training": by(WEIGHS, 405, 409),
    "staff:question": by("ana tom li sam", 200, 422),
    "staff:ask": by("ana tom sam pat", 200, 422),
    "staff:take_back": by(WEIGHS, 405, 409),
    "staff:undo_lapse": by("tom sam", 405, 404),
    "staff:recommend": by("ana", 200, 422),
    "staff:determine": by("ana tom sam pat", 200, 422),
    # an outside decider may be any officer: the door opens for every reader, and the step refuses on the case page
    "staff:send_back": by("tom", 405, 409, **dict.fromkeys(("ana", "li", "grace", "sam", "pat"), (405, 409))),
    "staff:supersede": by("tom", 302, 302),
    "staff:appeal": by(CASE_OFFICERS, 302, 302),
    "staff:oversee": by(READERS, 200, 404),
    "staff:history": by(READERS, 200, 405),
    # an auditor is asked for the purpose first
    "staff:document_page": by(CASE_OFFICERS, pat=(409, 409)),
    "staff:certificate": by(READERS, 200, 404),
    "staff:take_off": by("sam", 200, 404),
    "staff:certificate_file": by(READERS, 404, 405),
    # roles and accounts: administrators see no case
    "staff:accounts": by("robin quinn", 200, 404),
    "staff:recovery": by("robin quinn ana sam", 200, 404),
    "staff:recovery_open": by("robin quinn ana sam", 200, 422),
    # tasks, providers, audit
    "staff:tasks": by("tom li sam", 200, 405),
    "staff:task": by("tom li sam", 200, 422),
    "staff:providers": by(KEEPERS, 200, 422),
    "staff:provider": by(KEEPERS, 200, 200),
    "staff:audit": by("sam pat", 200, 405),
    # money
    "staff:money": by(MONEY_READERS),
    "staff:money_record": by("grace", 200, 422),
    "staff:money_payment": by("grace", 200, 422, **dict.fromkeys(("ana", "tom", "sam", "pat"), (200, 403))),
    "staff:money_match": by("grace", 405, 404),
    "staff:money_case": by(MONEY_READERS, 200, 422),
    "staff:money_take_back": by("grace", 200, 422),
    # no task says that this fee was paid for nothing
    "staff:money_release": by("grace", 302, 302),
    # exams
    "staff:exams": by(EXAM_READERS, 200, 405),
    "staff:exam_export": by("li", 405, 302),
    "staff:exam_import": by("li", 405, 422),
    "staff:exam_compare": by("li", 200, 422),
    "staff:exam_authorisations": by(EXAM_READERS, 200, 405),
    "staff:exam_tell_again": by("li", 405, 302),
    "staff:exam_file": by(EXAM_READERS, 200, 405),
    "staff:exam_file_download": by("li", 200, 405),
    "staff:exam_try_again": by("li", 405, 302),
    "staff:exam_case": by(EXAM_READERS, 200, 405),
    "staff:exam_step": by("li", 405, 422),
    # letters
    "staff:letters": by(READERS),
    "staff:letter": by(READERS, 200, 200),
    # organisations, by officers and by their own people
    "staff:organisations": by("sam pat", 200, 405),
    "staff:organisation": by("sam", 200, 404, pat=(200, 403)),
    "public:for_organisations": public(200, 405),
    "partner:home": known(200, 405),
    "partner:ask": known(200, 422),
    "partner:invitation": known(409, 409),
    "partner:organisation": belonging(200, 405),
    "partner:people": belonging(200, 404),
    # the last administrator names a successor first
    "partner:leave": belonging(200, 302, dana=(200, 409)),
    "partner:keys": belonging(200, 404, omar=(403, 403)),
    "partner:api_use": belonging(200, 405),
    "partner:webhooks": belonging(200, 404, omar=(403, 403)),
    "partner:webhook": belonging(404, 405, omar=(403, 403)),
    "partner:settings": belonging(200, 422),
    "partner:history": belonging(200, 405),
    "partner:roster": belonging(200, 422),
    "partner:rosters": belonging(200, 422),
    "partner:roster_answer": belonging(200, 404),
    "partner:roster_file": belonging(200, 405),
    "partner:changes": belonging(200, 302),
    "partner:changes_file": belonging(422, 405),
    "partner:as_of": belonging(200, 422),
    "partner:past_roster": belonging(200, 405),
    "partner:past_roster_file": belonging(200, 405),
    "partner:past_roster_print": belonging(200, 405),
    # one's account
    "account:home": known(200, 405),
    "account:you": known(200, 422),
    "account:sign_out_everywhere": known(405, 302),
    "account:second_factor": known(302, 405),
    "account:stop_recovery": public(404, 404),
    "account:still_here": known(405, 204),
    "account:give_back": known(302, 302),
    "account:factors_index": known(302, 302),
    "account:remove_passkey": known(404, 404),
    "account_login": outside(),
    "account_logout": known(200, 302),
    "account_inactive": public(200, 405),
    "account_signup": outside(),
    "account_reauthenticate": known(403, 403),
    "account_email": known(200, 302),
    "account_email_verification_sent": known(302, 302),
    "account_change_password": known(302, 302),
    "account_set_password": known(),
    "account_reset_password": public(),
    "account_confirm_login_code": known(302, 302),
    "account_reset_password_from_key_done": public(200, 405),
    "account_reset_password_from_key": public(),
    "account_reset_password_done": public(200, 405),
    "account_signup_by_passkey": outside(),
    "mfa_index": known(302, 302),
    "mfa_authenticate": known(302, 302),
    "mfa_reauthenticate": known(403, 403),
    "mfa_activate_totp": known(),
    "mfa_deactivate_totp": known(404, 404),
    "mfa_view_recovery_codes": known(404, 405),
    "mfa_generate_recovery_codes": known(),
    "mfa_download_recovery_codes": known(404, 404),
    "mfa_list_webauthn": known(200, 405),
    "mfa_add_webauthn": known(),
    "mfa_reauthenticate_webauthn": known(403, 403),
    "mfa_remove_webauthn": known(404, 404),
    "mfa_edit_webauthn": known(404, 404),
    "mfa_login_webauthn": known(302, 302),
    "mfa_signup_webauthn": known(302, 302),
    # the demonstration, in demo mode alone
    "demo:personas": public(200, 405),
    "demo:walk_in": public(405, 404),
    "demo:desk": public(200, 405),
    "demo:letters": public(),
    "demo:letter": public(),
    "demo:parts": public(200, 405),
    "demo:parts_save": public(405, 404),
}


@dataclass
class World:
    """The people of one story, their sessions, and what an address of theirs is made of."""

    people: dict[str, Person]
    sessions: dict[str, str]
    values: dict[str, dict[str, Any]]


def told() -> World:
    """María holds a certificate and has a draft; Devon gave his training; Rosa's application is in review."""
    story = Story(now=timezone.now() - timedelta(days=60))
    story.members["rosa"] = Member("rosa", "Rosa", "Vega", "rosa@example.com", born_on=date(1985, 5, 5))
    won = certified(story)
    exam_files.export_file(actor=story.actor("li"), now=story.now)
    draft = started(story, OWNER, "portability")
    oneself.assess_self({"steady": OWN}, is_finished=False, actor=story.actor(OWNER), now=story.now)
    trained = training_given(story, OTHER)
    work = submitted(story, "rosa")
    coverage = pay.record_payer(
        Due.objects.get(case=work).pk, kind="county", number="C-1", actor=story.actor("grace"), now=story.now
    )
    question = answer.ask_question(work.pk, "When?", language="en", actor=story.actor("rosa"), now=story.now)
    hold = review.hold(work.pk, "identity_question", OFFICERS_OWN, actor=story.actor("ana"), now=story.now)
    match = PossibleMatch.objects.create(
        case=work, other=story.person(OTHER), likeness="name_and_birth_date", found_at=story.now
    )
    payment = pay.record_payment(
        None, means="check", reference="77", amount_cents=100, received_on=day_of(story.now),
        actor=story.actor("grace"), now=story.now,
    )  # fmt: skip
    task = Task.objects.create(
        case=won, kind="changed_result", opened_at=story.now, noticed_at=story.now, needs_two=True
    )
    county = partners.county(story)
    partners.joined(story, county, GONE, "member", by=ADMINISTRATOR)
    members.leave(county.pk, actor=story.actor(GONE), now=story.now)
    certificate = Certificate.objects.get(case=won)
    sent = f"number\n{certificate.number}\n".encode()
    roster = rosters.receive_roster(county.pk, "x", sent, replaces=False, actor=story.actor("dana"), now=story.now)
    rosters.take_roster(roster.pk, now=story.now)
    past = past_rosters.ask_past_roster(
        county.pk, day_of(story.now), None, language="en", actor=story.actor("dana"), now=story.now
    )
    past_rosters.make_past_roster(past.pk, now=story.now)
    picture = Document.objects.filter(case=won, kind="photo_id").get()
    applicant = {
        "case": won.uuid, "group": "name", "row": picture.uuid, "task": task.pk, "kind": "photo_id", "chapter": 1,
        "document": picture.uuid, "number": certificate.number,
        "letter": Letter.objects.filter(person=won.person)[0].uuid,
    }  # fmt: skip
    staff = {
        "number": work.number,
        "check": Check.objects.filter(case=work)[0].pk,
        "match": match.pk,
        "hold": hold.pk,
        "question": question.pk,
        "coverage": coverage.pk,
        "asked": 1_000_000,
        "due": Due.objects.get(case=work).pk,
        "training": training_of(trained),
        "document": Document.objects.filter(case=work, kind="photo_id").get().uuid,
        "person": won.person.uuid,
        "task": task.pk,
        "provider": provider(story).uuid,
        "payment": payment.uuid,
        "file": ExamFile.objects.filter(kind="import").get().uuid,
        "step": "cancel",
        "letter": applicant["letter"],
        "organisation": county.uuid,
    }
    values: dict[str, dict[str, Any]] = {
        "applicant": applicant,
        "staff": staff,
        "demo": applicant,
        "partner": {
            "organisation": county.uuid,
            "token": "unknown",
            "roster": roster.uuid,
            "endpoint": uuid4(),
            "past": past.uuid,
        },
        "public": {"number": certificate.number, "code": "certified", "token": "none", "uuid": certificate.uuid},
        "status_list": {"number": 1},
        "log": {"number": certificate.number, "level": 0, "address": "000"},
        "api": {"number": certificate.number, "id": certificate.uuid, "sha256": "0" * 64},
        "account": {"token": "unknown", "pk": 1, "uidb36": "1", "key": "set-password"},
        # addresses that need another case than their door's own
        **{f"applicant:{name}": {"case": draft.uuid} for name in DRAFT},
        **{f"staff:{name}": {"number": won.number} for name in OF_A_HOLDER},
        "applicant:document_page": {"number": 1},
        "staff:document_page": {"number": 1},
        "staff:accept_training": {"number": trained.number},
        "staff:exam_tell_again": {"number": ExamAuthorisation.objects.get(case=won).number},
    }
    people = {key: story.person(key) for key in EVERYONE if key != STRANGER}
    return World(people, {key: session(person) for key, person in people.items()}, values)


def training_of(case: Case) -> Any:
    """The training that was given in a case."""
    from peercert.program.applications.models import Training

    return Training.objects.get(application__case=case).uuid


def session(person: Person) -> str:
    """A session in which the person is signed in."""
    client = Client()
    client.force_login(person.account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.cookies["session"].value


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """The story, lived once; undone at the end."""
    with django_db_blocker.unblock(), translation.override("en"), transaction.atomic():
        yield told()
        transaction.set_rollback(True)


def addresses() -> dict[str, set[str]]:
    """Every address of the site by its name, with the names of its parts."""
    found: dict[str, set[str]] = {}

    def walk(patterns: Any, namespace: str, parts: set[str]) -> None:
        for one in patterns:
            here = parts | set(one.pattern.regex.groupindex) | set(getattr(one.pattern, "converters", {}))
            if isinstance(one, URLPattern):
                assert one.name, f"an address without a name: {one}"
                found[f"{namespace}{one.name}"] = here
            else:
                walk(one.url_patterns, f"{one.namespace}:" if one.namespace else namespace, here)

    walk(get_resolver().url_patterns, "", set())
    return found


@pytest.mark.parametrize("who", EVERYONE)
def test_every_address_has_its_answer_for_every_role(world: World, who: str) -> None:
    surprises = []
    for name, parts in addresses().items():
        if name not in TABLE:
            continue
        for method in ("get", "post"):
            with transaction.atomic(), translation.override("en"):
                answer = tried(world, who, name, parts, method)
                transaction.set_rollback(True)
            wanted = TABLE[name].status(who, method)
            if who != OWNER and not answer.streaming and OWN in answer.content.decode(errors="ignore"):
                surprises.append(f"{method} {name}: shows the self-assessment")
            if answer.status_code != wanted:
                surprises.append(f"{method} {name}: {answer.status_code}, not {wanted}")
            elif wanted == 302 and who == STRANGER and name.startswith(("applicant:", "staff:", "partner:")):
                assert answer["Location"].startswith("/account/login/?next="), name
    assert not surprises, "\n".join(surprises)


def test_every_address_is_in_the_table() -> None:
    assert set(addresses()) == set(TABLE)


def tried(world: World, who: str, name: str, parts: set[str], method: str) -> Any:
    """The answer to one of the people at one address."""
    door = name.split(":")[0] if ":" in name else "account"
    values = {**world.values.get(door, {}), **world.values.get(name, {})}
    client = Client(raise_request_exception=False)
    if who != STRANGER:
        client.cookies["session"] = world.sessions[who]
    address = reverse(name, kwargs={part: values[part] for part in parts})
    if method == "get":
        return client.get(address)
    return client.post(address, {"csrfmiddlewaretoken": "", **SENT.get(name, {})})


#: What is sent where an empty form would be answered before anybody asks who sent it.
SENT = {"staff:send_back": {"back-because": "Look again."}}


#: Who reads the pages of each door.
READS = {"applicant": OWNER, "staff": "sam", "partner": ADMINISTRATOR, "account": OWNER, "demo": STRANGER}
ENGLISH = re.compile(r"(?i)\b(the|of|and|with|you|your|this|that|is|are|was|were|from|not|to be)\b")


#: What an officer wrote to colleagues: in which language, nobody asks them.
OFFICERS_OWN = "To be asked."


class Spoken(HTMLParser):
    """What a page in Spanish says, but for what says that it is in another language, and for code."""

    EMPTY = frozenset("area base br col embed hr img input link meta source track wbr use path".split())

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        above = self.open[-1][1] if self.open else True
        is_read = given["lang"] == "es" if "lang" in given else above and tag not in {"script", "style", "code", "pre"}
        if is_read:
            self.said += [text for name in ("aria-label", "alt", "placeholder", "title") if (text := given.get(name))]
        if tag not in self.EMPTY:
            self.open.append((tag, is_read))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, text: str) -> None:
        if text.strip() and (not self.open or self.open[-1][1]):
            self.said.append(" ".join(text.split()))


def test_no_page_in_spanish_holds_english_that_does_not_say_so(world: World) -> None:
    found = []
    for name, parts in addresses().items():
        who = READS.get(name.split(":")[0] if ":" in name else "account", STRANGER)
        if name not in TABLE or TABLE[name].status(who, "get") != 200:
            continue
        with transaction.atomic(), translation.override("es"):
            answer = tried(world, who, name, parts, "get")
            transaction.set_rollback(True)
        if answer.get("Content-Type", "").startswith("text/html") and not answer.streaming:
            page = Spoken()
            page.feed(answer.content.decode())
            found += [f"{name}: {text}" for text in page.said if ENGLISH.search(text) and text != OFFICERS_OWN]
    assert not found, "\n".join(found)
