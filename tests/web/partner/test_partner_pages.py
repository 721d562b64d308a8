"""The pages of an organisation: who gets in, what a form may do, and that leaving counts while a page is open."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from peercert.demo import partners
from peercert.demo.partners import token_of
from peercert.program.casework.models import AuditEntry
from peercert.program.journey import api_keys, members, organisations
from peercert.program.notices.models import Letter
from peercert.program.people.actions import log_use, spend
from peercert.program.people.organisations import ApiKey, ApiUse, Invitation, Membership, Organisation
from peercert.program.people.queries import key_presented, open_membership
from peercert.program.people.quotas import note_refused
from peercert.rules.days import day_of
from tests.stories import Story

AGREED = {
    "step": "approve", "purpose": "billing", "text_en": "Why.", "text_es": "Por qué.", "signed_by": "Lena Park",
}  # fmt: skip


def days(first: Any, last: Any) -> dict[str, str]:
    """Two days as a form sends them."""
    return {
        f"{name}_{part}": str(getattr(day, part))
        for name, day in (("from_on", first), ("until_on", last))
        for part in ("month", "day", "year")
    }


def invited(story: Story, row: Organisation, email: str) -> Invitation:
    """An invitation that Dana sent."""
    return members.invite(row.pk, email, "member", actor=story.actor("dana"), now=story.now)


# --- the way in


def test_an_account_is_asked_for_by_the_form_and_opened_by_a_program_manager(db: None, story: Story, at: Any) -> None:
    lena, sam = at("lena"), at("sam")
    given = {"kind": "county", "name": "City of Berkeley", "address": "1 Main St", "contact": "Lena", "wants": "Bills."}
    answer = lena.post("/partner/ask/", given)
    assert answer.status_code == 422
    assert "Choose the county or the city program." in answer.content.decode()
    assert 'value="City of Berkeley"' in answer.content.decode(), "what was typed stays"
    assert lena.post("/partner/ask/", {**given, "county_code": "berkeley"}).status_code == 302
    assert "asked, not answered yet" in lena.get("/partner/").content.decode()
    row = Organisation.objects.get()
    assert lena.get(f"/partner/{row.uuid}/").status_code == 404, "nothing opens yet"
    assert "City of Berkeley" in sam.get("/staff/organizations/").content.decode()
    page = f"/staff/organizations/{row.uuid}/"
    assert "&lt;" not in sam.get(page).content.decode()
    today = day_of(timezone.now())
    assert sam.post(page, {**AGREED, **days(today, today - timedelta(days=1))}).status_code == 409
    assert sam.post(page, {**AGREED, "text_es": "", **days(today, today)}).status_code == 422
    assert sam.post(page, {**AGREED, **days(today, today + timedelta(days=300))}).status_code == 302
    assert "in force" in lena.get(f"/partner/{row.uuid}/").content.decode()
    assert "Por qué." in lena.get(f"/es/partner/{row.uuid}/").content.decode()
    assert sam.post(page, {**AGREED, **days(today, today)}).status_code == 409, "answered already"


def test_an_officer_declines_agrees_anew_renames_and_ends(db: None, story: Story, at: Any) -> None:
    sam = at("sam")
    asked = partners.asking(story, "lena", partners.CITY)
    page = f"/staff/organizations/{asked.uuid}/"
    assert sam.post(page, {"step": "decline", "because": ""}).status_code == 409
    assert sam.post(page, {"step": "decline", "because": "not_reached"}).status_code == 302
    assert "could not reach" in at("lena").get("/partner/").content.decode()
    row = partners.employer(story)
    page = f"/staff/organizations/{row.uuid}/"
    assert sam.post(page, {"step": "rename", "name": "Harbor House"}).status_code == 302
    assert sam.post(page, {"step": "invite", "email": "omar.castillo@example.com"}).status_code == 302
    end = {"step": "end_agreement", "chosen": row.agreements.get().pk, "because": "agreement_not_renewed"}
    assert sam.post(page, end).status_code == 302
    assert "No agreement is in force today" in at("noor").get(f"/partner/{row.uuid}/").content.decode()
    today = day_of(timezone.now())
    assert sam.post(page, {**AGREED, "step": "agree", **days(today, today)}).status_code == 302
    assert sam.post(page, {"step": "end", "because": "closed_down"}).status_code == 302
    assert at("noor").get(f"/partner/{row.uuid}/").status_code == 403
    assert "Harbor House" in sam.get("/staff/organizations/", {"q": "harbor"}).content.decode()
    assert "Harbor House" in sam.get("/staff/organizations/", {"show": "over"}).content.decode()


def test_an_officer_of_an_organisation_neither_sees_nor_opens_it_at_the_desk(db: None, story: Story, at: Any) -> None:
    row = partners.employer(story)
    partners.joined(story, row, "sam", "member", by="noor")
    sam, pat = at("sam"), at("pat")
    assert row.name not in sam.get("/staff/organizations/", {"show": "open"}).content.decode()
    assert sam.get(f"/staff/organizations/{row.uuid}/").status_code == 403
    assert AuditEntry.objects.filter(verb="refused_for_interest").count() == 1
    assert sam.get(f"/partner/{row.uuid}/").status_code == 200, "as a member there, yes"
    assert row.name in pat.get("/staff/organizations/", {"show": "open"}).content.decode()
    other = partners.asking(story, "lena", partners.CITY)
    third = f"/staff/organizations/{other.uuid}/"
    assert sam.post(third, {"step": "tie"}).status_code == 302
    assert sam.get(third).status_code == 403
    assert row.name in pat.get("/staff/audit/").content.decode()


# --- invitations


def test_an_invitation_is_taken_up_on_its_page_by_its_owner_alone(db: None, story: Story, at: Any) -> None:
    row = partners.county(story)
    dana = at("dana")
    wish = {"step": "invite", "email": "jesse.moreno@example.com", "role": "member", "language": "es"}
    assert dana.post(f"/partner/{row.uuid}/people/", wish).status_code == 302
    link = f"/partner/invitation/{token_of(Invitation.objects.latest('pk'))}/"
    stranger = at("dana").__class__()
    assert stranger.get(link)["Location"].startswith("/account/login/?next=")
    devon, jesse = at("devon"), at("jesse")
    for send in (devon.get, devon.post):
        answer = send(link)
        assert answer.status_code == 409
        assert row.name not in answer.content.decode(), "whoever it was not meant for learns nothing"
        assert "jesse" not in answer.content.decode()
    assert row.name in jesse.get(link).content.decode()
    assert open_membership(row, story.person("jesse")) is None, "reading takes nothing up"
    assert jesse.post(link).status_code == 302
    assert jesse.get(f"/partner/{row.uuid}/").status_code == 200
    assert jesse.post(link).status_code == 409
    assert jesse.get(link).status_code == 409


def test_an_address_that_its_owner_gave_up_takes_nothing_up(db: None, story: Story, at: Any) -> None:
    row = partners.county(story)
    link = f"/partner/invitation/{token_of(invited(story, row, 'jesse.moreno@example.com'))}/"
    jesse = at("jesse")
    EmailAddress.objects.filter(user=story.person("jesse").account).update(verified=False)
    assert jesse.post(link).status_code == 409


def test_the_list_of_people_tells_of_an_invitation_that_did_not_arrive(db: None, story: Story, at: Any) -> None:
    row = partners.county(story)
    waiting = invited(story, row, "typo@example.com")
    Letter.objects.filter(key=f"invitation:{waiting.pk}").update(state="bounced")
    page = at("dana").get(f"/partner/{row.uuid}/people/").content.decode()
    assert "did not arrive" in page
    assert at("sam").get("/staff/letters/", {"show": "all"}).content.decode().count("invitation to act") == 0


# --- who gets in


def test_every_page_of_an_organisation_wants_a_second_factor(db: None, story: Story, at: Any) -> None:
    row = partners.county(story)
    link = f"/partner/invitation/{token_of(invited(story, row, 'jesse.moreno@example.com'))}/"
    for who, addresses in {
        "dana": ("/partner/", *(f"/partner/{row.uuid}/{tail}" for tail in ("", "people/", "keys/", "keys/use/"))),
        "jesse": (link,),
    }.items():
        client = at(who)
        session = client.session
        session["signed_in_by"] = "allauth"
        session.save()
        for address in addresses:
            for send in (client.get, client.post):
                answer = send(address)
                if answer.status_code != 405:
                    assert answer["Location"].startswith("/account/second-factor/?next="), address
    assert open_membership(row, story.person("jesse")) is None


def test_whoever_never_belonged_cannot_tell_an_organisation_from_none(db: None, story: Story, at: Any) -> None:
    row = partners.county(story)
    noor = at("noor")
    none = "00000000-0000-4000-8000-000000000000"
    for tail in ("", "people/", "keys/", "settings/", "history/", "leave/"):
        there, nowhere = noor.get(f"/partner/{row.uuid}/{tail}"), noor.get(f"/partner/{none}/{tail}")
        assert there.status_code == nowhere.status_code == 404
        assert _bare(there, str(row.uuid)) == _bare(nowhere, none)


def _bare(answer: Any, name: str) -> str:
    """A page without what differs each time anyway."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode().replace(name, ""))


def test_a_page_left_open_by_someone_removed_does_nothing_more(db: None, story: Story, at: Any) -> None:
    row = partners.county(story)
    omar = open_membership(row, story.person("omar"))
    assert omar is not None
    members.change_role(omar.pk, "administrator", actor=story.actor("dana"), now=story.now)
    client, page = at("omar"), f"/partner/{row.uuid}/people/"
    assert client.get(page).status_code == 200
    now_one = open_membership(row, story.person("omar"))
    dana = open_membership(row, story.person("dana"))
    assert now_one is not None
    assert dana is not None
    wish = {"step": "remove", "chosen": now_one.uuid}
    assert at("dana").post(page, wish).status_code == 302
    for sent in (
        {"step": "invite", "email": "x@example.com", "role": "administrator", "language": "en"},
        {"step": "remove", "chosen": dana.uuid},
        {"step": "role", "chosen": dana.uuid, "role": "member"},
    ):
        answer = client.post(page, sent)
        assert answer.status_code == 403
        assert "You no longer act for this organization" in answer.content.decode()
    assert client.post(f"/partner/{row.uuid}/keys/", {"step": "make"}).status_code == 403
    assert not Invitation.objects.filter(email="x@example.com").exists()
    assert open_membership(row, story.person("dana")) is not None
    assert row.name not in client.get("/partner/").content.decode()
    assert "Dana Whitfield" in at("dana").get(f"{page}?show=past").content.decode()


def test_a_form_from_elsewhere_is_not_taken(db: None, story: Story, at: Any) -> None:
    row = partners.county(story)
    dana = at("dana", enforce_csrf_checks=True)
    link = f"/partner/invitation/{token_of(invited(story, row, 'jesse.moreno@example.com'))}/"
    assert at("jesse", enforce_csrf_checks=True).post(link).status_code == 403
    for tail, sent in (("people/", {"step": "invite", "email": "x@example.com", "role": "administrator"}),
                       ("leave/", {}), ("keys/", {"step": "make"}), ("settings/", {"address": "a"})):  # fmt: skip
        assert dana.post(f"/partner/{row.uuid}/{tail}", sent).status_code == 403, tail
    assert not Invitation.objects.filter(email="x@example.com").exists()


def test_rows_of_another_organisation_cannot_be_named_in_a_form(db: None, story: Story, at: Any) -> None:
    county, employer = partners.county(story), partners.employer(story)
    theirs = Membership.objects.get(organisation=employer, person=story.person("jesse"))
    waiting = members.invite(employer.pk, "x@example.com", "member", actor=story.actor("noor"), now=story.now)
    dana, page = at("dana"), f"/partner/{county.uuid}/people/"
    for sent in (
        {"step": "remove", "chosen": theirs.uuid},
        {"step": "role", "chosen": theirs.uuid, "role": "administrator"},
        {"step": "withdraw", "chosen": waiting.uuid},
        {"step": "remove", "chosen": "1 OR 1=1"},
        {"step": "nothing", "chosen": theirs.uuid},
    ):
        assert dana.post(page, sent).status_code == 404
    theirs.refresh_from_db()
    assert theirs.until_at is None


def test_leaving_counts_at_once_and_one_serves_several(db: None, story: Story, at: Any) -> None:
    county, employer = partners.county(story), partners.employer(story)
    partners.joined(story, employer, "omar", "member", by="noor")
    omar = at("omar")
    page = omar.get("/partner/").content.decode()
    assert county.name in page
    assert employer.name in page
    assert omar.post(f"/partner/{county.uuid}/leave/").status_code == 302
    assert omar.get(f"/partner/{county.uuid}/").status_code == 403
    assert omar.get(f"/partner/{employer.uuid}/").status_code == 200
    assert at("noor").post(f"/partner/{employer.uuid}/leave/").status_code == 409


# --- keys and what they asked


def made(client: Any, row: Organisation, **more: str) -> tuple[str, Any]:
    """A key made on its page: what it carries, and the answer that shows it."""
    last = day_of(timezone.now()) + timedelta(days=30)
    given = {"step": "make", "name": "nightly", "scopes": ["verify"]}
    day = {f"expires_on_{part}": str(getattr(last, part)) for part in ("month", "day", "year")}
    answer = client.post(f"/partner/{row.uuid}/keys/", {**given, **day, **more})
    found = re.search(r">(pck_[\w-]+)</textarea>", answer.content.decode())
    assert found, answer.content.decode()
    return found[1], answer


def test_a_key_is_shown_once_and_kept_by_no_browser(db: None, story: Story, at: Any) -> None:
    row = partners.county(story)
    dana = at("dana")
    secret, answer = made(dana, row)
    assert "no-store" in answer["Cache-Control"]
    now = timezone.now()
    key = key_presented(secret, now, day_of(now))
    assert key is not None
    page = dana.get(f"/partner/{row.uuid}/keys/").content.decode()
    assert key.prefix in page
    assert secret not in page
    assert "cannot be shown again" in answer.content.decode()
    given = re.search(r'name="asks_as" value="([0-9a-f-]{36})"', page)
    assert given
    sent = {"step": "rotate", "chosen": key.uuid, "asks_as": given[1]}
    second = dana.post(f"/partner/{row.uuid}/keys/", sent).content.decode()
    assert "Copy it now" in second
    again = dana.post(f"/partner/{row.uuid}/keys/", sent, follow=True)
    assert again.redirect_chain
    assert "no second one was made" in again.content.decode()
    assert ApiKey.objects.count() == 2
    assert dana.post(f"/partner/{row.uuid}/keys/", {"step": "rotate", "chosen": key.uuid}).status_code == 409
    assert dana.post(f"/partner/{row.uuid}/keys/", {"step": "revoke", "chosen": key.uuid}).status_code == 302
    now = timezone.now()
    assert key_presented(secret, now, day_of(now)) is None
    organisations.end_agreement(
        row.agreements.get().pk, "agreement_not_renewed", actor=story.actor("sam"), now=story.now
    )
    assert "none can be made" in dana.get(f"/partner/{row.uuid}/keys/").content.decode()
    what = dana.get(f"/partner/{row.uuid}/history/").content.decode()
    for said in ("Key made", "Key replaced by another", "Key revoked", "Agreement ended", "Dana Whitfield"):
        assert said in what
    entry = re.search(r"<tr>(?:(?!</tr>).)*Key made.*?</tr>", what, re.DOTALL)
    assert entry
    cells = [re.sub("<.*?>", "", cell) for cell in re.findall(r'data-label="(?:About|Who)">(.*?)</td>', entry[0])]
    assert [cell.startswith("pck_") for cell in cells] == [True, False], cells
    assert "Sam Rivera" not in what, "officers act for the program"


def test_a_page_that_shows_a_key_makes_no_second_one_when_it_is_loaded_again(db: None, story: Story, at: Any) -> None:
    row, dana = partners.county(story), at("dana")
    name = str(uuid4())
    secret, _answer = made(dana, row, asks_as=name)
    with pytest.raises(AssertionError):
        made(dana, row, asks_as=name)
    assert [str(one.uuid) for one in ApiKey.objects.all()] == [name]
    page = dana.get(f"/partner/{row.uuid}/keys/").content.decode()
    assert "shown once" in page
    assert secret not in page


def test_administrators_see_that_a_key_which_opens_nothing_was_used(db: None, story: Story, at: Any) -> None:
    row, dana = partners.county(story), at("dana")
    secret, _answer = made(dana, row)
    page = f"/partner/{row.uuid}/keys/use/"
    assert "opens nothing" not in dana.get(page).content.decode()
    now = timezone.now()
    api_keys.revoke_key(ApiKey.objects.get().pk, actor=story.actor("dana"), now=now)
    assert note_refused(secret, now=now) == "refused_revoked"
    first, refused = dana.get(page).content.decode(), dana.get(f"{page}?refused=yes").content.decode()
    assert "1 request came with a key of yours" in first
    for text in ("the key is revoked", "nightly", "401"):
        assert text in refused
    assert secret not in first + refused


def test_a_manager_agrees_another_quota_and_its_people_see_it(db: None, story: Story, at: Any) -> None:
    row = partners.county(story)
    sam, dana, page = at("sam"), at("dana"), f"/staff/organizations/{row.uuid}/"
    assert "500,000" in sam.get(page).content.decode()
    for wrong in ("-1", "many", "1000000001"):
        answer = sam.post(page, {"step": "quota", "quota-kind": "verify", "quota-most": wrong})
        assert (answer.status_code, f'value="{wrong}"' in answer.content.decode()) == (422, True)
    assert sam.post(page, {"step": "quota", "quota-kind": "verify", "quota-most": "7654"}).status_code == 302
    made(dana, row)
    log_use(ApiKey.objects.get(), "verify", status=200, now=timezone.now())
    assert spend(ApiKey.objects.get(), "verify", 1, on=day_of(timezone.now()))
    assert "7,654" in dana.get(f"/partner/{row.uuid}/keys/use/").content.decode()
    assert "Quota of the keys agreed" in dana.get(f"/partner/{row.uuid}/history/").content.decode()
    assert sam.post(page, {"step": "quota", "quota-kind": "verify", "quota-most": ""}).status_code == 302
    row.refresh_from_db()
    assert row.quotas == {}


def test_the_log_of_uses_goes_by_key_however_long_it_is(db: None, story: Story, at: Any) -> None:
    row = partners.county(story)
    client = at("dana")
    made(client, row)
    key = ApiKey.objects.get()
    log_use(key, "verify", status=200, now=story.now, number="C-7K3M-9QXF")
    page = f"/partner/{row.uuid}/keys/use/"

    def asked(address: str) -> tuple[str, int]:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address).content.decode()
        return answer, len(queries)

    first, few = asked(page)
    assert "C-7K3M-9QXF" in first
    ApiUse.objects.bulk_create(
        ApiUse(key=key, at=story.now + timedelta(minutes=one), kind="verify", status=404) for one in range(120)
    )
    second, many = asked(page)
    assert few == many
    assert "C-7K3M-9QXF" not in second
    seen = 0
    while True:
        seen += second.count("one certificate</td>")
        following = re.search(r'href="(\?[^"]*before=\d+)" rel="next"', second)
        if not following:
            break
        second, count = asked(page + following[1].replace("&amp;", "&"))
        assert count == many
    assert seen == 121
    assert at("omar").get(page).status_code == 200, "a member reads it, too"


def test_the_pages_of_people_ask_the_same_however_many_there_are(db: None, story: Story, at: Any) -> None:
    row = partners.county(story)
    dana = at("dana")

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert dana.get(f"/partner/{row.uuid}/people/").status_code == 200
        return len(queries)

    invited(story, row, "one@example.com")
    few = count()
    for who in ("jesse", "paz", "lena"):
        partners.joined(story, row, who, "member", by="dana")
    invited(story, row, "two@example.com")
    assert count() == few
