"""Who may do what: one table of roles and verbs, and one `require`. Drawn into docs/permissions.md by a test.

Least privilege: a role lists what it may do and nothing else. Whatever the role, nobody opens for work a case about
themselves or about someone they declared a tie to, and whoever recommended does not decide (ground rules, Fairness).
"""

from collections.abc import Iterable
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar

from django.db.models import Q, QuerySet, Value

from peercert.program.casework.models import Case, Part
from peercert.program.errors import Refused
from peercert.program.people.actor import Actor
from peercert.program.people.models import DeclaredInterest, Person, RoleGrant
from peercert.program.people.organisations import Membership, Organisation, OrganisationInterest
from peercert.program.people.queries import open_membership

Rows = TypeVar("Rows", bound=QuerySet[Any])

#: Roles that a second administrator must confirm before they count.
NEEDS_SECOND = frozenset({"determiner", "finance_officer"})

_READERS = frozenset({"reviewer", "determiner", "exam_officer", "finance_officer", "program_manager", "auditor"})
_CASE_OFFICERS = frozenset({"reviewer", "determiner", "program_manager"})

_PARTNERS = frozenset({"partner_administrator", "partner_member"})

#: verb → roles. "applicant" means the person the case is about; "partner_…" someone who acts for an organisation.
MAY: MappingProxyType[str, frozenset[str]] = MappingProxyType(
    {
        # the person's own matter
        "start": frozenset({"applicant"}),
        "save": frozenset({"applicant"}),
        "give_document": frozenset({"applicant"}),
        "submit": frozenset({"applicant"}),
        "discard": frozenset({"applicant"}),
        "withdraw": frozenset({"applicant"}),
        "answer": frozenset({"applicant"}),
        "ask_question": frozenset({"applicant"}),
        "give_training": frozenset({"applicant"}),
        "agree_to_ethics": frozenset({"applicant"}),
        "answer_accommodation": frozenset({"applicant"}),
        "ask_for_retake": frozenset({"applicant"}),
        "answer_notice": frozenset({"applicant"}),
        "choose_name_search": frozenset({"applicant"}),
        "choose_areas_shown": frozenset({"applicant"}),
        "share": frozenset({"applicant"}),
        "object_to_watch": frozenset({"applicant"}),
        "enter_npi": frozenset({"applicant"}),
        "see_own": frozenset({"applicant"}),
        "download_own": frozenset({"applicant"}),
        # reading
        "see_queue": _READERS,
        "see_case": _READERS,
        "see_evidence": _CASE_OFFICERS,
        "see_evidence_for_purpose": frozenset({"auditor"}),
        "see_letters": _READERS,
        "see_money": frozenset({"finance_officer", "program_manager", "reviewer", "determiner", "auditor"}),
        "see_exams": frozenset({"exam_officer", "program_manager", "auditor"}),
        "see_accommodation": frozenset({"exam_officer"}),
        "see_audit": frozenset({"program_manager", "auditor"}),
        "export_queue": frozenset({"reviewer", "determiner", "exam_officer", "finance_officer", "program_manager"}),
        # review
        "assign": frozenset({"reviewer", "determiner", "program_manager"}),
        "mark": frozenset({"reviewer", "determiner"}),
        "read_id": frozenset({"reviewer", "determiner"}),
        "note": frozenset({"reviewer", "determiner", "exam_officer", "finance_officer", "program_manager"}),
        "answer_match": frozenset({"reviewer", "determiner"}),
        "ask": frozenset({"reviewer", "determiner"}),
        "take_back_request": frozenset({"reviewer", "determiner"}),
        "recommend": frozenset({"reviewer"}),
        "answer_question": frozenset({"reviewer", "determiner", "exam_officer", "program_manager"}),
        "accept_training": frozenset({"reviewer", "determiner"}),
        "hold": frozenset({"reviewer", "determiner", "exam_officer", "program_manager"}),
        "lift_hold": frozenset({"determiner", "program_manager"}),
        "pause_clock": frozenset({"program_manager"}),
        "declare_interest": _CASE_OFFICERS | {"exam_officer", "finance_officer"},
        # determination
        "send_back": frozenset({"determiner"}),
        "approve": frozenset({"determiner"}),
        "deny": frozenset({"determiner"}),
        "supersede": frozenset({"determiner"}),
        "reopen": frozenset({"determiner", "program_manager"}),
        "give_back_days": frozenset({"program_manager"}),
        "record_appeal": frozenset({"reviewer", "determiner", "program_manager"}),
        "name_outside_decider": frozenset({"program_manager"}),
        "certify": frozenset({"determiner"}),
        "close_task": frozenset({"determiner", "program_manager", "exam_officer"}),
        "close_appeal": frozenset({"determiner", "program_manager"}),
        # money
        "record_payment": frozenset({"finance_officer"}),
        "match_payment": frozenset({"finance_officer"}),
        "return_payment": frozenset({"finance_officer"}),
        "send_back_payment": frozenset({"finance_officer"}),
        "release_fee": frozenset({"finance_officer"}),
        "record_payer": frozenset({"finance_officer"}),
        # exams
        "authorise": frozenset({"exam_officer"}),
        "cancel_authorisation": frozenset({"exam_officer"}),
        "decide_accommodation": frozenset({"exam_officer"}),
        "exchange_exam_files": frozenset({"exam_officer"}),
        # certificates
        "correct_standing": frozenset({"program_manager"}),
        "correct_name": frozenset({"determiner", "program_manager"}),
        "record_specialization": frozenset({"program_manager"}),
        "take_over": frozenset({"program_manager"}),
        "link_record": frozenset({"program_manager"}),
        "claim_record": frozenset({"applicant"}),
        "leave_out_of_name_search": frozenset({"program_manager"}),
        "decide_objection": frozenset({"program_manager"}),
        "end_npi": frozenset({"reviewer", "program_manager"}),
        "retire_certificate": frozenset({"program_manager"}),
        "agree_to_retirement": frozenset({"determiner", "program_manager"}),
        # letters and providers
        "post_letter": frozenset({"reviewer", "program_manager", "exam_officer"}),
        "keep_providers": frozenset({"reviewer", "program_manager"}),
        # accounts, not cases
        "grant_role": frozenset({"administrator"}),
        "see_accounts": frozenset({"administrator"}),
        "recover_account": frozenset({"administrator", "reviewer", "program_manager"}),
        # organisations, by officers
        "see_organisations": frozenset({"program_manager", "auditor"}),
        "keep_organisations": frozenset({"program_manager"}),
        # organisations, by those who act for them
        "see_organisation": _PARTNERS,
        "see_api_use": _PARTNERS,
        "leave_organisation": _PARTNERS,
        "keep_roster": _PARTNERS,
        "keep_members": frozenset({"partner_administrator"}),
        "keep_api_keys": frozenset({"partner_administrator"}),
        "keep_webhooks": frozenset({"partner_administrator"}),
    }
)

#: Verbs that weigh a case: barred by an interest in it.
WORK = frozenset(
    {
        "see_evidence", "assign", "mark", "read_id", "note", "answer_match", "ask", "take_back_request", "recommend",
        "answer_question", "accept_training", "hold", "lift_hold", "pause_clock", "send_back", "approve", "deny",
        "supersede", "reopen", "give_back_days", "record_appeal", "certify", "close_task", "close_appeal",
        "record_payment", "match_payment", "return_payment", "send_back_payment", "release_fee", "record_payer",
        "authorise", "cancel_authorisation",
        "decide_accommodation", "correct_standing", "correct_name", "retire_certificate", "agree_to_retirement",
        "record_specialization",
        "see_case", "post_letter",
        "see_accommodation", "see_evidence_for_purpose",
        "decide_objection", "end_npi",
    }
)  # fmt: skip
#: Verbs that decide: barred to whoever recommended.
DECIDES = frozenset({"approve", "deny"})
#: Verbs that look at a decision again: barred to whoever recommended or made it.
REVIEWS = frozenset({"supersede", "close_appeal"})


class Barred(Refused):
    """A refusal that is itself recorded: someone with an interest in the case tried to work on it."""


def roles_of(person: Person | None, at: datetime) -> frozenset[str]:
    """The officer's roles that this person holds at that moment; a role that needs a second counts once confirmed."""
    if person is None:
        return frozenset()
    grants = RoleGrant.objects.filter(person=person, granted_at__lte=at).exclude(ended_at__lte=at)
    return frozenset(
        grant.role
        for grant in grants
        if grant.role not in NEEDS_SECOND or (grant.seconded_at is not None and grant.seconded_at <= at)
    )


def officers_as(roles: Iterable[str], at: datetime) -> QuerySet[Person]:
    """Everyone who holds one of these roles at that moment, as `roles_of` counts."""
    held = RoleGrant.objects.filter(role__in=list(roles), granted_at__lte=at).exclude(ended_at__lte=at)
    counts = held.filter(~Q(role__in=NEEDS_SECOND) | Q(seconded_at__lte=at))
    return Person.objects.filter(pk__in=counts.values("person"))


def may(actor: Actor, verb: str) -> bool:
    """Whether any of the actor's roles lists the verb (says nothing about a particular case)."""
    return bool(MAY[verb] & actor.roles) or actor.role == "program" or actor.role in MAY[verb]


def require(actor: Actor, verb: str, case: Case | None = None) -> str:
    """The role in which the actor takes this verb; raises Refused("not_yours") or, for an interest, Barred.

    The program itself (`people.actor.PROGRAM`) may take any verb: it acts only where a clock or a rule says so.
    """
    if actor.role == "program":
        return "program"
    allowed = MAY[verb]
    if "applicant" in allowed:
        if actor.person is None or (case is not None and case.person_id != actor.person.pk):
            raise Refused("not_yours")
        return "applicant"
    held = allowed & actor.roles
    if not held and not (case is not None and verb in DECIDES | {"send_back"} and _named_outside(actor, case)):
        raise Refused("not_yours")
    if case is not None and verb in WORK:
        bar = barred(actor, verb, case)
        if bar:
            raise Barred(bar, verb=verb, number=case.number or "")
    return min(held) if held else "outside_decider"


def require_member(actor: Actor, verb: str, organisation: Organisation) -> Actor:
    """The actor in their role in this organisation, asked anew at every step.

    Raises Refused: "not_yours", "member_no_more" for someone who did belong there, "administrators_only" for a member
    whose role does not list the verb. Nobody acts for an organisation that is not approved or has ended.
    """
    membership = open_membership(organisation, actor.person) if organisation.state == "open" else None
    if membership is None:
        belonged = Membership.objects.filter(organisation=organisation, person=actor.person).exists()
        raise Refused("member_no_more" if belonged else "not_yours")
    role = f"partner_{membership.role}"
    if role not in MAY[verb]:
        raise Refused("administrators_only")
    return Actor(actor.person, role)


def require_unbound(actor: Actor, verb: str, organisation: Organisation) -> str:
    """As `require`, for an officer's verb about an organisation; raises Barred where they are tied to it."""
    role = require(actor, verb)
    if is_tied_to(actor, organisation):
        raise Barred("own_organisation", verb=verb, organisation=str(organisation.uuid))
    return role


def is_tied_to(actor: Actor, organisation: Organisation) -> bool:
    """Whether an officer asked for this organisation, ever belonged to it or declared a tie to it."""
    return tied_organisations(actor).filter(pk=organisation.pk).exists()


def tied_organisations(actor: Actor) -> QuerySet[Organisation]:
    """The organisations on whose matters this officer never works."""
    if actor.person is None:
        return Organisation.objects.none()
    belonged = Membership.objects.filter(person=actor.person).values("organisation")
    declared = OrganisationInterest.objects.filter(officer=actor.person).values("organisation")
    return Organisation.objects.filter(Q(asked_by=actor.person) | Q(pk__in=belonged) | Q(pk__in=declared))


def barred(actor: Actor, verb: str, case: Case, known: frozenset[str] | None = None) -> str | None:
    """Why this officer is barred from this verb in this case, as a refusal code; None where they are not.

    `known` are their ties to the case (`ties`), where the caller has asked already.
    """
    known = ties(actor, case) if known is None else known
    if "own_case" in known:
        return "own_case"
    if "declared_interest" in known:
        return "declared_interest"
    if verb in DECIDES | REVIEWS and "recommended" in known:
        return "recommended_it"
    if verb in REVIEWS and "decided" in known:
        return "decided_it"
    return None


def ties(actor: Actor, case: Case) -> frozenset[str]:
    """What ties this officer to this case: "own_case", "declared_interest", and the parts they had in it."""
    if actor.person is None:
        return frozenset()
    if case.person_id == actor.person.pk:
        return frozenset({"own_case"})
    parts = Part.objects.filter(case=case, person=actor.person).values_list("part", flat=True)
    declared = DeclaredInterest.objects.filter(officer=actor.person, about=case.person_id, ended_at=None)
    # One question for both: it is asked before every step and several times for a page.
    return frozenset(parts.union(declared.values_list(Value("declared_interest"), flat=True)))


def tied_people(actor: Actor) -> list[int]:
    """Keys of everyone whose cases this officer never opens: themselves, and whom they declared a tie to."""
    if actor.person is None:
        return []
    declared = DeclaredInterest.objects.filter(officer=actor.person, ended_at=None).values_list("about")
    here = Part.objects.filter(person=actor.person, part="declared_interest").values_list("case__person")
    return [actor.person.pk, *(about for (about,) in declared.union(here))]


def within_reach(rows: Rows, actor: Actor, person: str = "person") -> Rows:
    """The rows of a list without those that this officer could not open for an interest: a name is an opening, too.

    `person` is the way from a row to the person it is about. One query more, however long the list.
    """
    return rows.exclude(**{f"{person}__in": tied_people(actor)})


def open_verbs(actor: Actor, case: Case) -> frozenset[str]:
    """Every officer's verb that is open to this actor in this case: what its pages offer. Steps still ask `require`."""
    known = ties(actor, case)
    named = DECIDES | {"send_back"} if "outside_decider" in known else frozenset()
    return frozenset(
        verb for verb in MAY if (may(actor, verb) or verb in named) and barred(actor, verb, case, known) is None
    )


def _named_outside(actor: Actor, case: Case) -> bool:
    return Part.objects.filter(case=case, person=actor.person, part="outside_decider").exists()
