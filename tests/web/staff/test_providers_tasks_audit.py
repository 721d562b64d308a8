"""The pages beside the cases: training providers and their spans, tasks, the audit."""

import re
from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from peercert.program.casework.models import AuditEntry, Task
from peercert.program.errors import Refused
from peercert.program.journey import accounts, oversee, partner
from peercert.program.training.models import Provider, ProviderApproval
from tests import stories

pytestmark = pytest.mark.django_db


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def day(name: str, value: date) -> dict[str, str]:
    return {f"{name}_month": str(value.month), f"{name}_day": str(value.day), f"{name}_year": str(value.year)}


@pytest.mark.parametrize("language", ["", "/es"])
@pytest.mark.parametrize(
    ("page", "who"),
    [("providers", "ana sam"), ("tasks", "tom li sam"), ("audit", "sam pat")],
)
def test_each_page_opens_for_its_roles_alone(at, page, who, language):
    address = language + reverse(f"staff:{page}")
    for one in ("ana", "tom", "li", "grace", "sam", "pat", "robin", "maria"):
        assert at(one).get(address).status_code == (200 if one in who.split() else 403), one


def test_a_provider_is_recorded_once_with_a_number_of_its_own(at):
    sam = at("sam")
    page = reverse("staff:providers")
    made = sam.post(page, {"name": " Central  Valley Peer Academy ", "website": "example.org", "contact": ""})
    provider = Provider.objects.get()
    assert made["Location"] == reverse("staff:provider", args=[provider.uuid])
    assert provider.name == "Central Valley Peer Academy"
    assert provider.number.startswith("T-")
    again = sam.post(page, {"name": "central valley peer-academy"})
    assert again.status_code == 409
    assert "on the list already" in text(again)
    assert AuditEntry.objects.get(verb="provider_recorded").values["provider"] == provider.number
    assert "Central Valley" in text(sam.get(page, {"q": "valley"}))
    assert "No provider by this name" in text(sam.get(page, {"q": "nobody"}))


def test_a_span_counts_from_the_later_of_approval_and_contract(story, at):
    provider = partner.record_provider("Academy", actor=story.actor("sam"), now=story.now)
    sam = at("sam")
    page = reverse("staff:provider", args=[provider.uuid])
    typed = {"step": "span", "span-type": "core", "span-language": "es"}
    typed |= day("span-approved_on", date(2026, 1, 5))
    assert sam.post(page, typed).status_code == 302
    span = ProviderApproval.objects.get()
    assert "no contract yet" in text(sam.get(page))
    signed = {"step": "contract", "chosen": str(span.pk)} | day(f"contract-{span.pk}-on", date(2026, 2, 1))
    assert sam.post(page, signed).status_code == 302
    overlap = sam.post(page, typed)
    assert overlap.status_code == 409
    assert "overlap" in text(overlap)
    before = {"step": "end", "chosen": str(span.pk)} | day(f"end-{span.pk}-on", date(2026, 1, 20))
    assert sam.post(page, before).status_code == 409
    ends = {"step": "end", "chosen": str(span.pk)} | day(f"end-{span.pk}-on", date(2026, 6, 30))
    assert sam.post(page, ends).status_code == 302
    span.refresh_from_db()
    assert (span.contract_executed_on, span.until_on) == (date(2026, 2, 1), date(2026, 6, 30))
    assert sam.post(page, {"step": "take_back", "chosen": str(span.pk), "because": ""}).status_code == 409
    assert (
        sam.post(page, {"step": "take_back", "chosen": str(span.pk), "because": "Wrong language."}).status_code == 302
    )
    span.refresh_from_db()
    assert span.taken_back_because == "Wrong language."
    assert sam.post(page, ends).status_code == 409
    assert [one.verb for one in AuditEntry.objects.order_by("pk")] == [
        "provider_recorded",
        "authorisation_recorded",
        "authorisation_recorded",
        "authorisation_ended",
        "authorisation_taken_back",
    ]


def test_a_span_that_ends_before_it_begins_is_refused(story):
    provider = partner.record_provider("Academy", actor=story.actor("sam"), now=story.now)
    with pytest.raises(Refused, match="days_out_of_order"):
        partner.record_authorisation(
            provider.uuid, type="core", language="en", approved_on=date(2026, 5, 1), until_on=date(2026, 4, 1),
            actor=story.actor("sam"), now=story.now,
        )  # fmt: skip
    with pytest.raises(Refused, match="not_yours"):
        partner.record_provider("Other", actor=story.actor("pat"), now=story.now)


def test_open_tasks_are_listed_by_kind_and_closed_with_a_reason(story, at):
    case = stories.in_review(story)
    oversee.give_back_days(case.pk, "review", 3, "We were closed.", actor=story.actor("sam"), now=story.now)
    Task.objects.create(case=case, kind="fee_owed_again", opened_at=story.now)
    tom = at("tom")
    page = text(tom.get(reverse("staff:tasks")))
    assert "Giving days back" in page
    assert "needs a second person" in page
    assert "A fee is owed again" in page
    one_kind = tom.get(reverse("staff:tasks"), {"kind": "give_back_days"}).content.decode()
    rows = one_kind[one_kind.index("<tbody>") : one_kind.index("</tbody>")]
    assert "Giving days back" in rows
    assert "A fee is owed again" not in rows
    task = Task.objects.get(kind="fee_owed_again")
    address = reverse("staff:task", args=[task.pk])
    assert tom.post(address, {"outcome": "done", "because": ""}).status_code == 422
    assert tom.post(address, {"outcome": "done", "because": "Paid by the county."}).status_code == 302
    task.refresh_from_db()
    assert (task.outcome, task.closed_by) == ("done", story.person("tom"))
    assert "Paid by the county." in text(tom.get(address))


def test_the_audit_is_paged_by_key_and_filtered_by_what_happened(story, at):
    actor = story.actor("sam")
    for number in range(55):
        partner.record_provider(f"Provider {number}", actor=actor, now=story.now)
    pat = at("pat")
    page = reverse("staff:audit")
    first = pat.get(page)
    assert text(first).count("Training provider recorded") >= 50
    following = re.search(r'href="([^"]*before=\d+)"', first.content.decode())
    assert following is not None
    second = pat.get(following.group(1).replace("&amp;", "&"))
    assert "Provider 0" in text(second)
    assert "Provider 54" not in text(second)
    assert "Nothing on record" in text(pat.get(page, {"what": "role_granted"}))
    assert pat.get(page, {"before": "x" * 30}).status_code == 200


def test_a_task_says_what_is_to_be_done_in_both_languages(story, at):
    case = stories.in_review(story)
    task = Task.objects.create(case=case, kind="fee_owed_again", opened_at=story.now)
    address = reverse("staff:task", args=[task.pk])
    assert "This closes by itself when it is paid" in text(at("tom").get(address))
    assert "Esto se cierra por sí solo" in text(at("tom").get(f"/es{address}"))


def test_the_audit_names_people_and_roles_in_words(story, at):
    person, robin = story.person("maria"), story.actor("robin")
    accounts.grant_role(person.pk, "finance_officer", actor=robin, now=story.now)
    page = text(at("pat").get(reverse("staff:audit")))
    assert "role: finance officer" in page
    assert "person: María García-López" in page or f"person: {person.account.email}" in page
    assert str(person.uuid) not in page
