"""An earlier register taken over: every day answers as it did there, twice changes nothing, and people claim theirs."""

import argparse
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from peercert import cli
from peercert.commands import take_over as command
from peercert.gateways import tables
from peercert.program.casework.models import Case, Clock
from peercert.program.certificates import credentials, queries
from peercert.program.certificates.locate import locate
from peercert.program.certificates.log_audit import Counted, audit
from peercert.program.certificates.log_models import LogFact
from peercert.program.certificates.models import Certificate, Term
from peercert.program.errors import Refused
from peercert.program.exams.queries import approval_through, attempts_used
from peercert.program.journey import apply, claim, maintain, take_over
from peercert.program.journey.take_over import Whom
from peercert.program.notices.models import Letter
from peercert.program.people.models import OnFile, Person
from peercert.program.rosters.models import Change
from peercert.program.training.models import ProviderApproval
from peercert.rules import numbers
from peercert.rules.days import PACIFIC, day_of
from tests import stories

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 4, 9, tzinfo=PACIFIC)
ANY = Whom("MPSS-00417", "María", "", "García-López", date(1988, 3, 14), "Maria@example.com", "es")


def manager() -> stories.Actor:
    return stories.Story(now=NOW).actor("sam")


def held(whom: Whom = ANY, issued_on: date = date(2022, 9, 1), last_on: date = date(2026, 9, 1)) -> str:
    return take_over.take_over_holder(
        whom, pathway="grandparenting", issued_on=issued_on, last_on=last_on, actor=manager(), now=NOW
    )


def span(state: str, first_on: date, last_on: date | None, number: str = ANY.number) -> str:
    return take_over.take_over_span(number, state=state, first_on=first_on, last_on=last_on, actor=manager(), now=NOW)


def approved(whom: Whom = ANY, **given: object) -> str:
    said = {"pathway": "initial", "approved_on": date(2026, 1, 12), "last_on": date(2027, 1, 12), "attempts": [],
            "training_on": None, "exam_fee_reference": ""}  # fmt: skip
    return take_over.take_over_approval(whom, **{**said, **given}, actor=manager(), now=NOW)  # type: ignore[arg-type]


def test_a_holder_stands_under_a_new_number_that_the_old_one_finds_for_ever() -> None:
    assert held() == "made"
    certificate = Certificate.objects.get()
    for typed in ("MPSS-00417", "mpss 00417", "MPSS00417"):
        assert locate(typed).certificate == certificate
    assert certificate.number.startswith("C-")
    assert certificate.printed_name == "María García-López"
    assert [(one.first_on, one.last_on) for one in Term.objects.order_by("first_on")] == [
        (date(2022, 9, 1), date(2024, 9, 1)), (date(2024, 9, 2), date(2026, 9, 1)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("on", "state"),
    [
        (date(2022, 8, 31), None), (date(2022, 9, 1), "in_force"), (date(2023, 2, 28), "in_force"),
        (date(2023, 3, 1), "suspended"), (date(2023, 3, 31), "suspended"), (date(2023, 4, 1), "in_force"),
        (date(2024, 9, 1), "in_force"), (date(2024, 9, 2), None), (date(2024, 10, 14), None),
        (date(2024, 10, 15), "in_force"), (date(2026, 9, 1), "in_force"), (date(2026, 9, 2), None),
    ],
)  # fmt: skip
def test_every_day_answers_as_the_earlier_register_did(on: date, state: str | None) -> None:
    held()
    span("suspended", date(2023, 3, 1), date(2023, 3, 31))
    span("not_certified", date(2024, 9, 2), date(2024, 10, 14))
    row = queries.standing_on(Certificate.objects.get(), on)
    assert (row.state if row else None) == state


def test_what_was_not_known_before_the_import_is_not_claimed_to_have_been() -> None:
    held()
    assert queries.standing_on(Certificate.objects.get(), date(2023, 1, 1), NOW - timedelta(seconds=1)) is None


def test_the_same_rows_again_change_nothing() -> None:
    assert [held(), held()] == ["made", "same"]
    given = ("suspended", date(2023, 3, 1), date(2023, 3, 31))
    assert [span(*given), span(*given)] == ["made", "same"]
    gone = ("not_certified", date(2024, 9, 2), date(2024, 10, 14))
    assert [span(*gone), span(*gone)] == ["made", "same"]
    assert Certificate.objects.count() == OnFile.objects.count() == 1


def test_spans_that_touch_each_other_and_a_correction_of_here_stay_as_they_are() -> None:
    held()
    given = [
        ("suspended", date(2023, 3, 1), date(2023, 6, 30)), ("not_certified", date(2023, 4, 1), date(2023, 4, 30)),
        ("revoked", date(2025, 1, 1), None),
    ]  # fmt: skip
    assert [span(*one) for one in given] == ["made"] * 3
    certificate, sam, later = Certificate.objects.get(), manager(), NOW + timedelta(days=1)
    maintain.correct_standing(
        certificate.pk, "in_force", date(2025, 1, 1), date(2026, 9, 1), "Overturned.", actor=sam, now=later
    )
    before = [(row.state, row.valid) for row in queries.standing_rows(certificate)]
    assert [span(*one) for one in given] == ["same"] * 3
    assert [(row.state, row.valid) for row in queries.standing_rows(certificate)] == before


def test_days_come_only_to_what_was_taken_over_and_within_its_term() -> None:
    own = Certificate.objects.get(case=stories.certified(stories.Story(now=NOW - timedelta(days=200))))
    with pytest.raises(Refused, match="no_such_certificate"):
        span("revoked", own.issued_on, None, number=own.number)
    held()
    for state, first_on, last_on in (
        ("in_force", date(2026, 1, 1), date(2026, 9, 2)), ("suspended", date(2026, 1, 1), date(2027, 1, 1)),
        ("revoked", date(2025, 1, 1), date(2025, 2, 1)), ("suspended", date(2022, 8, 31), date(2023, 1, 1)),
    ):  # fmt: skip
        with pytest.raises(Refused, match="take_over_days"):
            span(state, first_on, last_on)


def test_an_old_number_that_reads_as_one_of_ours_is_refused_and_none_of_ours_reads_as_an_old_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = Certificate.objects.get(case=stories.certified(stories.Story(now=NOW - timedelta(days=200))))
    for number in (own.number, own.number.replace("-", "")[1:].lower()):
        with pytest.raises(Refused, match="take_over_ours"):
            held(replace(ANY, number=number))
    free, taken = numbers.make("C"), [numbers.make("C") for _ in range(2)]
    held(replace(ANY, number=taken[0]))
    held(replace(ANY, number=taken[1].replace("-", "")[1:]))
    made, make = iter([own.number, *taken, free]), numbers.make
    monkeypatch.setattr(numbers, "make", lambda prefix, *more: next(made) if prefix == "C" else make(prefix, *more))
    held(replace(ANY, number="MPSS-3"))
    assert locate("MPSS-3").number != own.number
    assert Certificate.objects.filter(number=free).exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"last": "..."}, "name_needed"), ({"first": " "}, "name_needed"), ({"first": "Ana\x07"}, "name_unreadable"),
        ({"last": "Vega\u202e"}, "name_unreadable"), ({"born_on": date(2022, 9, 1)}, "take_over_born"),
        ({"born_on": date(2099, 1, 1)}, "take_over_born"),
    ],
)  # fmt: skip
def test_a_person_who_cannot_be_is_refused(change: dict[str, object], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        held(replace(ANY, **change))  # type: ignore[arg-type]
    assert not OnFile.objects.exists()


def test_a_row_that_says_something_else_of_a_known_number_is_refused() -> None:
    held()
    with pytest.raises(Refused, match="take_over_differs"):
        held(last_on=date(2028, 9, 1))


@pytest.mark.parametrize(
    ("issued_on", "last_on", "reason"),
    [
        (date(2026, 5, 5), date(2028, 5, 5), "day_in_future"), (date(2026, 5, 4), date(2026, 5, 3), "take_over_days"),
        (date(1924, 5, 4), date(2026, 5, 3), "take_over_days"), (date(2024, 5, 4), date(2062, 5, 3), "take_over_days"),
        (date(1988, 3, 14), date(1990, 3, 14), "take_over_days"),
    ],
)  # fmt: skip
def test_days_that_cannot_be_are_refused(issued_on: date, last_on: date, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        held(issued_on=issued_on, last_on=last_on)
    assert not Person.objects.filter(on_file__isnull=False).exists()


def test_revoked_stays_so_when_the_term_is_over() -> None:
    held()
    span("revoked", date(2024, 1, 1), None)
    assert getattr(queries.standing_on(Certificate.objects.get(), date(2040, 1, 1)), "state", None) == "revoked"


def test_nobody_is_written_to() -> None:
    held()
    approved(Whom("A-9", "Devon", "", "Carter", None, "d@example.com", "en"))
    assert not Letter.objects.exists()


def test_a_running_approval_runs_on_with_its_last_day_and_the_attempts_used() -> None:
    assert approved(last_on=date(2027, 2, 1), attempts=[date(2026, 2, 3), date(2026, 4, 9)]) == "made"
    case = Case.objects.get()
    assert case.stage == "approved"
    assert approval_through(case) == date(2027, 2, 1)
    assert Clock.objects.get(case=case, kind="approval").due_on == date(2027, 2, 1)
    assert attempts_used(case) == 2
    assert approved(last_on=date(2027, 2, 1), attempts=[date(2026, 2, 3), date(2026, 4, 9)]) == "same"


def test_an_approval_that_is_over_is_refused() -> None:
    with pytest.raises(Refused, match="take_over_over"):
        approved(last_on=date(2026, 5, 3))


def test_one_person_with_two_rows_is_one_person() -> None:
    held()
    approved(Whom("B-77", "MARIA", "", "Garcia Lopez", date(1988, 3, 14), "maria@example.com", "es"))
    assert {row.person_id for row in OnFile.objects.all()} == {Certificate.objects.get().person_id}


def test_only_a_program_manager_takes_over() -> None:
    story = stories.Story(now=NOW)
    with pytest.raises(Refused, match="not_yours"):
        take_over.take_over_holder(
            ANY, pathway="initial", issued_on=date(2025, 1, 1), last_on=date(2027, 1, 1), actor=story.actor("ana"),
            now=NOW,
        )  # fmt: skip


# claiming


def claimed(number: str = ANY.number, who: str = "maria") -> Person:
    story = stories.Story(now=NOW)
    return claim.claim_record(number, actor=story.actor(who), now=NOW)


@pytest.mark.parametrize("typed", ["MPSS-00417", "mpss00417", "new"])
def test_a_holder_claims_by_either_number_and_the_address_on_file(typed: str) -> None:
    held()
    certificate = Certificate.objects.get()
    person = claimed(certificate.number if typed == "new" else typed)
    certificate.refresh_from_db()
    assert certificate.person == person
    assert person.account is not None
    assert person.born_on == ANY.born_on
    assert person.names.get(until_at=None).full == "María García-López"
    assert Case.objects.get().sort_name == "garcia lopez, maria"
    assert Letter.objects.get().code == "record_claimed"


@pytest.mark.parametrize("number", ["MPSS-00418", "C-0000-0000", "", "MPSS-00417"])
def test_a_wrong_number_and_a_wrong_address_are_refused_alike(number: str) -> None:
    held()
    with pytest.raises(Refused, match="claim_does_not_match"):
        claimed(number, who="devon")


def test_a_number_that_certificates_and_approvals_share_is_told_apart_by_the_address() -> None:
    held(replace(ANY, first="Sam", last="Other", email="other@example.com"))
    approved()
    assert claimed().names.get(until_at=None).full == "María García-López"
    assert OnFile.objects.get(claimed_at=None).kind == "holder"


def test_every_certificate_of_whoever_has_two_follows_their_names_in_the_log() -> None:
    story = stories.Story(now=NOW - timedelta(days=200))
    own = Certificate.objects.get(case=stories.certified(story))
    held(replace(ANY, first="Maria", middle="Luz"))
    old = Certificate.objects.exclude(pk=own.pk).get()
    assert list(audit(Counted())) == []
    claimed()
    old.refresh_from_db()
    names = [queries.name_of(one) for one in (own, old)]
    assert names == ["María García-López"] * 2
    assert old.printed_name == "María García-López"
    assert list(audit(Counted())) == []
    assert [fact.kind for fact in LogFact.objects.filter(certificate=old).order_by("id")] == ["issued", "name"]
    sam, later = story.actor("sam"), NOW + timedelta(days=1)
    maintain.correct_name(own.pk, "María", "", "Núñez", "marriage", actor=sam, now=later)
    assert list(audit(Counted())) == []
    assert all("María Núñez" in LogFact.objects.filter(certificate=one).latest("id").public for one in (own, old))
    told = [credentials.told(one, day_of(later)) for one in (own, old)]
    assert [one and one.name for one in told] == ["María Núñez"] * 2
    assert list(Change.objects.filter(kind="name").values_list("certificate", flat=True)) == [old.pk, own.pk, old.pk]


def test_what_is_claimed_once_is_claimed() -> None:
    held()
    claimed()
    with pytest.raises(Refused, match="claim_does_not_match"):
        claimed()


def test_another_name_on_record_goes_to_an_officer() -> None:
    held(Whom("MPSS-1", "Sam", "", "Someone", None, "ana.ruiz@example.com", "en"))
    with pytest.raises(Refused, match="claim_names_differ"):
        claimed("MPSS-1", who="ana")


def test_an_open_application_of_the_same_pathway_stands_in_the_way_and_nothing_changes() -> None:
    story = stories.Story(now=NOW)
    apply.start("initial", actor=story.actor("maria"), now=NOW)
    approved()
    with pytest.raises(Refused, match="claim_has_cases"):
        claimed()
    assert OnFile.objects.get().claimed_at is None


def test_an_officer_links_a_record_whose_address_is_gone() -> None:
    held(Whom("MPSS-2", "Devon", "", "Carter", None, "", "en"))
    story, case = stories.Story(now=NOW), Case.objects.get()
    devon = story.person("devon")
    with pytest.raises(Refused, match="not_yours"):
        claim.link_record(case.pk, "devon@example.com", "x", actor=story.actor("ana"), now=NOW)
    claim.link_record(case.pk, "devon@example.com", "Passport seen today.", actor=story.actor("sam"), now=NOW)
    assert Certificate.objects.get().person == devon
    story.person("maria")
    with pytest.raises(Refused, match="claimed_already"):
        claim.link_record(case.pk, "maria@example.com", "x", actor=story.actor("sam"), now=NOW)


def test_a_person_claims_on_the_page(client: Client) -> None:
    held()
    person = stories.Story(now=NOW).person("maria")
    client.force_login(person.account)
    wrong = client.post("/apply/claim/", {"number": "MPSS-00499"})
    assert wrong.status_code == 422
    assert 'value="MPSS-00499"' in wrong.content.decode()
    assert client.post("/apply/claim/", {"number": "MPSS-00417"}).status_code == 302
    number = Certificate.objects.get().number
    assert number in client.get("/apply/").content.decode()
    assert client.get(f"/apply/certificates/{number}/").status_code == 200


def test_an_old_number_verifies_for_strangers(client: Client) -> None:
    held()
    number = Certificate.objects.get().number
    answer = client.post("/verify/", {"number": "MPSS-00417"}, follow=True)
    assert number in answer.content.decode()


# the command

HOLDERS = """number,first name,last name,born_on,email,issued,expires
MPSS-1,Ada,Moss,1970-05-06,ada@example.com,2025-01-02,2027-01-02
MPSS-2,Bo,,1971-05-06,bo@example.com,2025-01-02,2027-01-02
MPSS-3,Cy,Pratt,05/06/1972,,1/2/2025,2027-01-02
MPSS-4,Di,Quast,31/12/1972,,2025-01-02,2027-01-02
"""


def run(kind: str, text: str, tmp_path: Path, **given: object) -> tuple[int, list[tables.Row]]:
    manager()
    rows = tables.read(text.encode(), command.COLUMNS[kind], command.REQUIRED[kind])
    out = tmp_path / "answers.csv"
    options = argparse.Namespace(
        **{"kind": kind, "email": "sam.rivera@example.com", "dry_run": False, "answers": str(out), **given}
    )
    code = command.take(options, rows)
    return code, tables.read(out.read_bytes(), {"line": [], "number": [], "answer": [], "why": []})


def test_every_row_is_answered_and_the_sums_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, answers = run("holders", HOLDERS, tmp_path)
    assert code == 1
    assert [row["answer"] for row in answers] == ["made", "refused", "made", "refused"]
    assert "born_on: 31/12/1972" in answers[3]["why"]
    told = capsys.readouterr()
    assert "4 rows: 2 made, 0 same, 2 refused." in told.out
    assert "On record from this file: 2; imported in all: 2." in told.out
    assert "line 3: " in told.err
    _, again = run("holders", HOLDERS, tmp_path)
    assert [row["answer"] for row in again] == ["same", "refused", "same", "refused"]
    assert Certificate.objects.count() == 2


def test_a_dry_run_says_the_same_and_changes_nothing(tmp_path: Path) -> None:
    _, dry = run("holders", HOLDERS, tmp_path, dry_run=True)
    assert not Certificate.objects.exists()
    _, wet = run("holders", HOLDERS, tmp_path)
    assert [(row["answer"], row["why"]) for row in dry] == [(row["answer"], row["why"]) for row in wet]


def test_a_run_that_is_stopped_says_how_far_it_came(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped_at(row: tables.Row, *more: object) -> str:
        if row["number"] == "MPSS-3":
            raise KeyboardInterrupt
        return take(row, *more)

    take = command._TAKE["holders"]
    monkeypatch.setitem(command._TAKE, "holders", stopped_at)
    code, answers = run("holders", HOLDERS, tmp_path)
    assert (code, [row["answer"] for row in answers]) == (130, ["made", "refused"])
    told = capsys.readouterr()
    assert "Stopped after 2 of 4 rows." in told.err
    assert "On record from this file: 1; imported in all: 1." in told.out


def test_a_row_with_a_day_before_the_law_holds_up_nobody(tmp_path: Path) -> None:
    _, answers = run("holders", HOLDERS.replace("ada@example.com,2025", "ada@example.com,1925"), tmp_path)
    assert [row["answer"] for row in answers] == ["refused", "refused", "made", "refused"]


def test_providers_come_with_their_dated_spans(tmp_path: Path) -> None:
    text = "name,type,language,approved,contract executed,until\n" + "".join(
        f"Peer School,core,{language},2024-01-01,2024-02-01,\n" for language in ("en", "es", "en", "fr")
    )
    _, answers = run("providers", text, tmp_path)
    assert [row["answer"] for row in answers] == ["made", "made", "same", "refused"]
    assert ProviderApproval.objects.count() == 2


@pytest.mark.parametrize(
    ("kind", "change", "why"),
    [
        ("providers", {"name": "N" * 201}, "name: longer than 200 letters."),
        ("providers", {"website": "https://a.example/" + "a" * 200}, "website: longer than 200 letters."),
        ("providers", {"website": "javascript:alert(1)"}, "website: javascript:alert(1) is no address of a website."),
        ("providers", {"contact": "c" * 201}, "contact: longer than 200 letters."),
        ("providers", {"name": "Peer\x07School"}, "name: it holds a character that cannot be seen"),
        ("providers", {"until": "2023-01-01"}, "The last day"),
        ("approvals", {"exam_fee_receipt": "R" * 61}, "exam_fee_receipt: longer than 60 letters."),
        ("approvals", {"number": "9" * 61}, "number: longer than 60 letters."),
        ("approvals", {"approved": "1926-06-01"}, "days"),
        ("approvals", {"good through": "2062-06-01"}, "days"),
    ],
)
def test_a_row_that_has_no_room_holds_up_nobody(kind: str, change: dict[str, str], why: str, tmp_path: Path) -> None:
    from peercert.web import doors

    today = day_of(doors.now())
    good = {
        "providers": {"name": "Peer School", "website": "peer.example", "contact": "Ann", "type": "core",
                      "language": "en", "approved": "2024-01-01", "contract executed": "2024-02-01", "until": ""},
        "approvals": {"number": "A-1", "first name": "Ada", "last name": "Moss", "approved": str(today),
                      "good through": str(today + timedelta(days=99)), "exam_fee_receipt": "R-1"},
    }[kind]  # fmt: skip
    text = "".join(",".join(row) + "\n" for row in (good, {**good, **change}.values(), good.values()))
    _, answers = run(kind, text, tmp_path)
    assert [row["answer"] for row in answers] == ["refused", "made"]
    assert why in answers[0]["why"]


def test_approvals_come_with_a_count_of_attempts(tmp_path: Path) -> None:
    today = day_of(NOW)
    from peercert.web import doors

    today = day_of(doors.now())
    text = (
        "number;first name;last name;approved;good through;attempts\n"
        f"A-1;Ada;Moss;{today - timedelta(days=99)};{today + timedelta(days=266)};2\n"
        f"A-2;Bo;Nye;{today - timedelta(days=99)};{today + timedelta(days=266)};{today + timedelta(days=1)}\n"
    )
    _, answers = run("approvals", text, tmp_path)
    assert [row["answer"] for row in answers] == ["made", "refused"]
    assert attempts_used(Case.objects.get()) == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [("name\nx\n", "these columns are missing"), ("", "there is no row"), (None, "cannot be read")],
)
def test_a_file_that_is_none_is_told_in_one_sentence(
    text: str | None, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "holders.csv"
    if text is not None:
        file.write_text(text)
    assert cli.main(["import", "holders", str(file), "--as", "sam.rivera@example.com"]) == 2
    told = capsys.readouterr().err
    assert says in told
    assert told.count("\n") == 1
