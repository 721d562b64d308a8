"""What must hold of every finding, whatever the facts."""

import dataclasses
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peercert import words
from peercert.rules import facts as law
from peercert.rules import figures
from peercert.rules.decide import CODES, OURS, decide
from peercert.rules.governing import NoGoverningDay
from tests.rules.golden import BASES, changed, facts_of

#: The same examples in every run; raise the number to look further.
BROAD = settings(max_examples=300)
DAYS = st.dates(date(2021, 6, 1), date(2027, 12, 31))
REVIEW = st.sampled_from([None, "waiting", "accepted", "refused"])
MAYBE = st.sampled_from([None, True, False])
SPANS = st.tuples(DAYS, st.integers(0, 900)).map(lambda each: (each[0], each[0] + timedelta(days=each[1])))


@st.composite
def employments(draw: st.DrawFn) -> law.Employment:
    first, last = draw(SPANS)
    return law.Employment(
        employer=draw(st.sampled_from(["River House", "RIVER-HOUSE", "Harbor Center", "Third Street"])),
        from_on=first,
        to_on=last,
        hours_per_week=draw(st.sampled_from([None, 5.0, 20.0, 40.0, 100.0])),
        hours_total=draw(st.sampled_from([None, 0.0, 400.0, 2000.0])),
        is_peer_work=draw(MAYBE),
        review=draw(REVIEW),
    )


COURSES = st.builds(
    law.ContinuingEducation,
    hours=st.sampled_from([6.0, 10.0, 20.0]),
    law_and_ethics_hours=st.sampled_from([0.0, 3.0, 6.0]),
    completed_on=st.none() | DAYS,
    title=st.sampled_from([None, "Listening", "Law and ethics"]),
    review=REVIEW,
)
LETTERS = st.builds(
    law.Letter,
    kind=st.sampled_from(["supervisor", "colleague", "self"]),
    is_on_letterhead=MAYBE,
    describes_duties=MAYBE,
    review=REVIEW,
)
EDUCATIONS = st.builds(
    law.Education,
    kind=st.sampled_from(["diploma", "ged", "transcript", "other"]),
    completed_on=st.none() | DAYS,
    review=REVIEW,
)
ORDERS = st.builds(
    law.Orders,
    evidence=st.sampled_from(["orders", "commander_letter"]),
    until_on=st.none() | DAYS,
    to_california=MAYBE,
    review=REVIEW,
)
PAID = st.builds(law.Paid, payer=st.sampled_from(["self", "county"]), cents=st.sampled_from([None, 1, 5_000, 15_000]))


@st.composite
def authorisations(draw: st.DrawFn) -> law.Authorisation:
    first, last = draw(SPANS)
    return law.Authorisation(
        type=draw(st.sampled_from(["core", "crisis"])),
        language=draw(st.sampled_from(["en", "es"])),
        from_on=first,
        until_on=draw(st.sampled_from([None, last])),
    )


@st.composite
def trainings(draw: st.DrawFn) -> law.Training:
    first, last = draw(SPANS)
    return law.Training(
        type=draw(st.sampled_from(["core", "core", "crisis"])),
        language=draw(st.sampled_from(["en", "es", None])),
        hours=draw(st.sampled_from([None, 40.0, 80.0])),
        started_on=draw(st.sampled_from([None, first])),
        completed_on=last,
        authorisations=draw(st.none() | st.lists(authorisations(), max_size=3).map(tuple)),
        review=draw(REVIEW),
    )


IDS = st.builds(
    law.IdentityDocument,
    kind=st.sampled_from(["driver_license", "tribal_id", "other"]),
    name=st.none()
    | st.builds(
        law.Name,
        first=st.sampled_from(["Maria", "MARÍA"]),
        last=st.sampled_from(["Garcia Lopez", "Garcia"]),
        middle=st.sampled_from([None, "", "Elena"]),
    ),
    born_on=st.sampled_from([None, date(1990, 1, 1)]),
    expires_on=st.none() | DAYS,
    never_expires=MAYBE,
    has_photo=MAYBE,
    review=REVIEW,
)
SUPPORTING: dict[str, st.SearchStrategy[Any]] = {
    "identity": IDS,
    "employment": employments(),
    "continuing_education": COURSES,
    "letters": LETTERS,
    "education": EDUCATIONS,
    "orders": ORDERS,
    "trainings": trainings(),
    "application_fee": PAID,
    "exam_fee": PAID,
}


@st.composite
def anyone(draw: st.DrawFn) -> law.Facts:
    """A base with any of its facts left out or drawn anew, on any question and day."""
    given = dict(draw(st.sampled_from(list(BASES.values()))))
    given["question"] = draw(st.sampled_from(["apply", "sit", "certify"]))
    for name in draw(st.lists(st.sampled_from(sorted(given)), max_size=6)):
        if name not in {"pathway", "question", "submitted_on", "approved_on"}:
            given.pop(name, None)
    if draw(st.booleans()):
        given["submitted_on"] = draw(DAYS)
    facts = facts_of(given)
    new: dict[str, Any] = {
        name: tuple(draw(st.lists(kind, max_size=3)))
        for name, kind in SUPPORTING.items()
        if name in facts.__struct_fields__ and draw(st.integers(0, 3)) == 0
    }
    if draw(st.integers(0, 3)) == 0:
        new["nothing_more"] = tuple(draw(st.lists(st.sampled_from(sorted(CODES)))))
    return msgspec.structs.replace(facts, **new)


@BROAD
@given(anyone(), st.data())
def test_more_supporting_evidence_never_turns_an_approval_into_a_denial(facts: law.Facts, data: st.DataObject) -> None:
    before = decide(facts)
    field = data.draw(st.sampled_from([name for name in SUPPORTING if name in facts.__struct_fields__]))
    more = data.draw(SUPPORTING[field])
    if field == "identity":  # one with another name or birth date would stand against the person
        more = msgspec.structs.replace(more, name=more.name and facts.name, born_on=more.born_on and facts.born_on)
    after = decide(msgspec.structs.replace(facts, **{field: (*getattr(facts, field), more)}))
    if before.outcome == "approve":
        assert after.outcome == "approve"
    if before.outcome == "incomplete" and field != "orders":  # orders may show a move that was too late
        assert after.outcome != "deny"
    if field != "trainings":  # of several courses the best is judged, as a whole
        met = {reason.code for reason in before.reasons if reason.met}
        assert met <= {reason.code for reason in after.reasons if reason.met}


@BROAD
@given(anyone(), st.randoms(use_true_random=False))
def test_the_order_of_documents_does_not_matter(facts: law.Facts, random: Any) -> None:
    shuffled = {}
    for name in facts.__struct_fields__:
        value = getattr(facts, name)
        if isinstance(value, tuple):
            items = list(value)
            random.shuffle(items)
            shuffled[name] = tuple(items)
    assert decide(msgspec.structs.replace(facts, **shuffled)) == decide(facts)


@BROAD
@given(anyone())
def test_a_past_decision_does_not_change_when_a_later_figure_is_added(facts: law.Facts) -> None:
    in_force = figures.in_force()
    now = decide(facts, figures=in_force)
    after = max(_days_in(msgspec.to_builtins(facts, builtin_types=(date,)))) + timedelta(days=1)
    later = figures.Figures(
        {
            name: [
                *(row for row in rows if row.since < after),
                figures.Figure(name, _other(rows[-1].value), after, "a later law", "confirmed"),
            ]
            for name, rows in in_force.entries.items()
        }
    )
    then = decide(facts, figures=later)
    assert now.outcome == then.outcome
    assert now.reasons == then.reasons


def _days_in(given: Any) -> list[date]:
    """Every day that facts name."""
    if isinstance(given, date):
        return [given]
    parts = given.values() if isinstance(given, dict) else given if isinstance(given, list | tuple) else ()
    return [day for part in parts for day in _days_in(part)]


def _other(value: Any) -> Any:
    """Any other value of the same kind."""
    if value is None:
        return 100
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 7
    if isinstance(value, date):
        return value + timedelta(days=40)
    return value[:-1]


@BROAD
@given(anyone())
def test_every_reason_has_words_in_both_languages_and_a_source(facts: law.Facts) -> None:
    finding = decide(facts)
    for reason in finding.reasons:
        for lang in words.LANGUAGES:
            says, because = words.says(reason, lang), words.because(reason, lang)
            assert says
            assert because
            assert "None" not in says + because
            assert "{" not in says + because
        assert reason.source or reason.why == "no_figure"
    no = [reason for reason in finding.reasons if reason.met is False]
    unknown = [reason for reason in finding.reasons if reason.met is None]
    assert finding.outcome == ("deny" if no else "incomplete" if unknown else "approve")
    assert all(reason.figure is None or reason.figure.certainty != "unconfirmed" for reason in no)


#: Asked by the statute or the program without any number, list or day of a figure.
WITHOUT_FIGURE = {
    "willing_to_share", "dedication", "id_accepted", "name_matches_id", "other_certificate", "other_discipline",
    "other_complaint", "military_service", "core_training_provider", "training_accepted",
}  # fmt: skip


@BROAD
@given(anyone())
def test_a_law_of_which_nobody_confirmed_a_figure_denies_by_none(facts: law.Facts) -> None:
    unsure = {
        name: [dataclasses.replace(row, certainty="unconfirmed") for row in rows]
        for name, rows in figures.in_force().entries.items()
    }
    for reason in decide(facts, figures=figures.Figures(unsure)).reasons:
        assert reason.met is not False or reason.code in WITHOUT_FIGURE


@BROAD
@given(anyone())
def test_facts_and_findings_survive_being_stored_and_replayed(facts: law.Facts) -> None:
    finding = decide(facts)
    again = msgspec.json.decode(msgspec.json.encode(facts), type=law.Facts)
    assert decide(again) == finding
    stored = msgspec.json.decode(msgspec.json.encode(finding), type=type(finding))
    for reason, kept in zip(finding.reasons, stored.reasons, strict=True):
        for lang in words.LANGUAGES:
            assert words.because(kept, lang) == words.because(reason, lang)
            assert words.says(kept, lang) == words.says(reason, lang)


@pytest.mark.parametrize("base", BASES)
def test_what_is_left_out_is_never_a_ground_for_denial(base: str) -> None:
    for name in BASES[base]:
        if name in {"pathway", "question"}:
            continue
        facts = facts_of(changed(base, without=(name,)))
        if name == "submitted_on" and facts.question != "sit":
            with pytest.raises(NoGoverningDay, match="submitted_on"):
                decide(facts)
        else:
            assert decide(facts).outcome != "deny", name


def test_a_day_given_to_decide_takes_the_place_of_the_day_in_the_facts() -> None:
    facts = facts_of(changed("initial_apply", {"born_on": date(2008, 6, 1)}))
    assert decide(facts).outcome == "deny"
    assert decide(facts, on=date(2026, 6, 1)).reason("adult").met is True
    assert decide(facts, on=date(2026, 6, 1)).governed_on == date(2026, 6, 1)


@BROAD
@given(anyone())
def test_what_waits_for_an_officer_is_never_unmet(facts: law.Facts) -> None:
    waiting = {
        name: tuple(msgspec.structs.replace(each, review="waiting") for each in getattr(facts, name))
        for name in ("education", "identity", "employment", "continuing_education", "letters", "trainings", "orders")
        if name in facts.__struct_fields__
    }
    asked = msgspec.structs.replace(facts, nothing_more=tuple(sorted(CODES)), **waiting)
    for reason in decide(asked).reasons:
        if reason.why in {"waiting", "authorisations_unknown", "standing_unknown", "part"}:
            assert reason.met is None
            assert reason.is_for_officer or reason.code in OURS | {"training_accepted", "accommodation"}
