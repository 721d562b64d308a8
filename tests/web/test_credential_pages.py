"""What a holder takes along and shares, what a stranger sees of it, and what verifiers fetch."""

import io
import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
import zxingcpp
from django.conf import settings
from django.test import Client
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from peercert.gateways.signer import did, verify
from peercert.program.certificates import queries, share_links, signing
from peercert.program.certificates.models import Certificate, Credential, ShareLink
from peercert.program.journey import keep_keys, maintain
from peercert.rules.days import day_of
from tests import stories
from tests.fixtures.browser import go
from tests.fixtures.queue import do_jobs
from tests.web.axe import violations
from tests.web.test_certificate_pages import own, signed_in, staff
from tests.web.test_verify import words_of

Jobs = Callable[..., list[str]]
LATE = "certificates.sign"


@pytest.fixture(scope="module")
def lived(one_life: None) -> tuple[stories.Story, Certificate]:
    story = stories.Story(now=timezone.now() - timedelta(days=60))
    held = Certificate.objects.get(case=stories.certified(story))
    do_jobs(only={LATE})
    story.now = timezone.now()
    return story, held


@pytest.fixture
def story(lived: tuple[stories.Story, Certificate], db: None) -> stories.Story:
    return deepcopy(lived[0])


@pytest.fixture
def held(lived: tuple[stories.Story, Certificate], db: None) -> Certificate:
    return deepcopy(lived[1])


def current(certificate: Certificate) -> Credential:
    found = queries.current_credential(certificate)
    assert found is not None
    return found


def shared(maria: Client, certificate: Certificate, days: str = "7", label: str = "Alameda HR") -> str:
    """The path of a link that María makes by the page."""
    answer = maria.post(f"{own(certificate)}sharing/", {"days": days, "label": label})
    assert answer.status_code == 302, answer.content.decode()
    link = ShareLink.objects.filter(certificate=certificate).latest("pk")
    address = f"{settings.ENVIRONMENT.origin}/shared/{share_links.token_of(link)}/"
    assert address in maria.get(f"{own(certificate)}sharing/").content.decode()
    return urlsplit(address).path


def fetched(address: str) -> bytes | None:
    """A status list fetched as a verifier fetches it."""
    answer = Client().get(urlsplit(address).path)
    return answer.content if answer.status_code == 200 else None


def judged(document: str | bytes) -> verify.Verdict:
    issuer = did.of(settings.ENVIRONMENT.origin)
    keys = {did.key_id(issuer, key.kid): key for key in signing.public_keys("credential", "jwt")}
    return verify.explain(
        document, issuer=issuer, resolve_key=keys.get, fetch_status=fetched,
        log_keys=signing.public_keys("log"), at=timezone.now(),
    )  # fmt: skip


def suspend(story: stories.Story, certificate: Certificate) -> None:
    today = day_of(timezone.now())
    maintain.correct_standing(
        certificate.pk, "suspended", today, today + timedelta(days=30), "A finding.", actor=story.actor("sam"),
        now=timezone.now(),
    )  # fmt: skip


def test_the_keys_are_published_with_those_that_are_retired_and_without_one_that_leaked(
    story: stories.Story, held: Certificate, client: Client
) -> None:
    old, robin = current(held).kid, story.actor("robin")
    keep_keys.rotate_key("credential", compromised=False, actor=robin, now=timezone.now())
    answer = client.get("/.well-known/did.json")
    told = orjson.loads(answer.content)
    issuer = did.of(settings.ENVIRONMENT.origin)
    assert told["id"] == issuer
    assert f"{issuer}#{old}" in told["assertionMethod"]
    assert answer["Access-Control-Allow-Origin"] == "*"
    heads = f"{issuer}#{signing.signer_for('log').kid}"
    assert heads in {method["id"] for method in told["verificationMethod"]}
    assert heads not in told["assertionMethod"]
    leaked = signing.signer_for("credential").kid
    keep_keys.rotate_key("credential", compromised=True, actor=robin, now=timezone.now())
    assert f"{issuer}#{leaked}" not in client.get("/.well-known/did.json").content.decode()


def test_a_status_list_is_open_to_every_site_kept_for_moments_and_new_after_a_change(
    story: stories.Story, held: Certificate, client: Client
) -> None:
    before = client.get("/status/1")
    assert before["Access-Control-Allow-Origin"] == "*"
    assert before["Cache-Control"] == "public, max-age=30"
    again = client.get("/status/1", headers={"If-None-Match": before["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    suspend(story, held)
    after = client.get("/status/1", headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert after.content != before.content
    assert client.get("/status/2").status_code == 404
    assert orjson.loads(after.content)["issuer"] == did.of(settings.ENVIRONMENT.origin)


@pytest.mark.parametrize("areas", [(), ("crisis",), ("crisis", "justice")])
def test_an_achievement_is_a_page_for_people_and_json_for_software(
    db: None, client: Client, areas: tuple[str, ...]
) -> None:
    path = "/achievements/" + "+".join(["certified", *areas])
    for prefix, word in (("", "What it takes"), ("/es", "Qué se necesita")):
        answer = client.get(f"{prefix}{path}", headers={"Accept": "text/html"})
        assert word in words_of(answer)
        assert "Accept" in answer["Vary"]
    answer = client.get(path, headers={"Accept": "application/ld+json"})
    told = orjson.loads(answer.content)
    assert told["id"] == f"{settings.ENVIRONMENT.origin}{path}"
    assert len(told["alignment"]) == 17 + len(areas)
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_every_address_that_a_credential_names_answers(held: Certificate, client: Client) -> None:
    document = orjson.loads(current(held).signed)
    subject = document["credentialSubject"]
    achievement = subject["achievement"]
    named = {subject["id"], achievement["id"], achievement["criteria"]["id"], document["issuer"]["url"]}
    named |= {each["targetUrl"] for each in achievement["alignment"]}
    named.add(document["credentialStatus"]["statusListCredential"])
    for address in named:
        path, _, anchor = address.removeprefix(settings.ENVIRONMENT.origin).partition("#")
        answer = client.get(path)
        assert answer.status_code == 200, address
        assert anchor in {"", "holder"} or f'id="{anchor}"' in answer.content.decode(), address


@pytest.mark.parametrize(
    ("path", "status"),
    [("certified+chess", 404), ("other", 404), ("certified+justice+crisis", 301), ("certified+", 404)],
)
def test_an_achievement_has_one_address(db: None, client: Client, path: str, status: int) -> None:
    assert client.get(f"/achievements/{path}").status_code == status


def test_the_holder_takes_the_credential_along_as_json_and_as_jwt(held: Certificate) -> None:
    maria = signed_in(held.person)
    page = maria.get(own(held)).content.decode()
    path = f"/credentials/{current(held).uuid}"
    assert path in page
    answer = maria.get(path)
    assert answer.content.decode() == current(held).signed
    assert held.number in answer["Content-Disposition"]
    assert judged(answer.content).holds
    token = maria.get(f"{own(held)}credential.jwt")
    assert token["Content-Type"] == "application/vc+jwt"
    assert judged(token.content).holds
    assert judged(token.content).says == judged(answer.content).says


def test_the_card_is_an_image_whose_code_leads_to_the_register(held: Certificate) -> None:
    answer = signed_in(held.person).get(f"{own(held)}card.png")
    image = Image.open(io.BytesIO(answer.content))
    assert image.size == (1350, 850)
    (code,) = zxingcpp.read_barcodes(image)
    assert f"/verify/{held.number}" in code.text


def test_linkedin_is_offered_with_its_own_parameters_and_no_name(held: Certificate) -> None:
    page = signed_in(held.person).get(own(held)).content.decode()
    (address,) = [unescape(found) for found in re.findall(r'href="([^"]+)"', page) if "linkedin.com" in found]
    told = parse_qs(urlsplit(address).query)
    assert told["startTask"] == ["CERTIFICATION_NAME"]
    assert told["certId"] == [held.number]
    assert told["certUrl"] == [f"{settings.ENVIRONMENT.origin}/verify/{held.number}/"]
    assert set(told) == {
        "startTask", "name", "organizationName", "issueYear", "issueMonth", "expirationYear", "expirationMonth",
        "certUrl", "certId",
    }  # fmt: skip
    assert [int(told[part][0]) for part in ("issueYear", "issueMonth")] == [held.issued_on.year, held.issued_on.month]
    last_on = queries.term_of(held).last_on
    assert [int(told[part][0]) for part in ("expirationYear", "expirationMonth")] == [last_on.year, last_on.month]
    assert address.startswith("https://www.linkedin.com/profile/add?")
    assert "Garc" not in address


def test_a_link_shows_what_stands_and_hands_over_the_credential_until_its_day(held: Certificate) -> None:
    path = shared(signed_in(held.person), held)
    stranger = Client()
    answer = stranger.get(path)
    told = words_of(answer)
    for text in ("Certified today", held.printed_name, held.number, "through"):
        assert text in told
    assert "noindex" in answer["X-Robots-Tag"]
    assert "Alameda HR" not in answer.content.decode()
    (address,) = re.findall(r'href="(/credentials/[^"]+)"', answer.content.decode())
    assert judged(stranger.get(address).content).holds
    link = ShareLink.objects.get()
    assert (link.looks, link.last_looked_at is not None) == (1, True)
    token = path.rstrip("/").rpartition("/")[2]
    assert share_links.opened_by(token, link.last_on) == link
    assert share_links.opened_by(token, link.last_on + timedelta(days=1)) is None


def test_what_opens_a_link_is_kept_nowhere(held: Certificate) -> None:
    path = shared(signed_in(held.person), held)
    token = path.rstrip("/").rpartition("/")[2]
    row = ShareLink.objects.values_list().get()
    assert len(token) == 32
    assert all(token not in str(value) for value in row)


def test_the_holder_sees_how_often_a_link_was_opened_and_their_own_looks_do_not_count(held: Certificate) -> None:
    maria = signed_in(held.person)
    path = shared(maria, held)
    assert "Not opened yet." in maria.get(f"{own(held)}sharing/").content.decode()
    maria.get(path)
    Client().head(path)
    assert ShareLink.objects.get().looks == 0
    Client().get(path)
    Client().get(path)
    assert "Opened 2 times" in words_of(maria.get(f"{own(held)}sharing/"))
    assert "opened 2 times" in words_of(maria.get(f"{own(held)}others-see/"))
    assert "Se abrió 2 veces" in words_of(maria.get(f"/es{own(held)}sharing/"))


def test_a_link_that_was_ended_opens_nothing_and_one_that_never_was_says_the_same(held: Certificate) -> None:
    maria = signed_in(held.person)
    path = shared(maria, held)
    credential = f"/credentials/{current(held).uuid}?share={path.rstrip('/').rpartition('/')[2]}"
    assert Client().get(credential).status_code == 200
    maria.post(f"{own(held)}sharing/", {"end": str(ShareLink.objects.get().uuid)})
    ended, never = Client().get(path), Client().get("/shared/never-was/")
    assert ended.status_code == never.status_code == 404
    assert words_of(ended) == words_of(never)
    assert Client().get(credential).status_code == 403


@pytest.mark.parametrize("sent", [{"days": "9999", "label": "x"}, {"label": "x"}, {"days": "7", "label": "x" * 61}])
def test_a_link_that_cannot_be_is_told_beside_its_field_and_keeps_what_was_typed(
    held: Certificate, sent: dict[str, str]
) -> None:
    answer = signed_in(held.person).post(f"{own(held)}sharing/", sent)
    assert answer.status_code == 422
    assert sent["label"] in answer.content.decode()
    assert not ShareLink.objects.exists()


@pytest.mark.parametrize("end", ["", "nonsense", "0b0b7c62-4b8f-4a6e-9f0d-0f4f3d1a2b3c"])
def test_no_link_but_ones_own_is_ended(held: Certificate, end: str) -> None:
    assert signed_in(held.person).post(f"{own(held)}sharing/", {"end": end}).status_code in {403, 404}


def test_twenty_links_are_enough(held: Certificate) -> None:
    maria = signed_in(held.person)
    for _ in range(20):
        shared(maria, held)
    answer = maria.post(f"{own(held)}sharing/", {"days": "7", "label": ""})
    assert answer.status_code == 422
    assert "You have 20 links that still work" in words_of(answer)


@pytest.mark.parametrize("who", ["devon", "sam", "pat", ""])
def test_a_credential_is_handed_to_its_holder_and_by_a_link_and_to_nobody_else(
    story: stories.Story, held: Certificate, who: str
) -> None:
    client = signed_in(story.person(who)) if who else Client()
    for uuid in (current(held).uuid, "0b0b7c62-4b8f-4a6e-9f0d-0f4f3d1a2b3c"):
        answer = client.get(f"/credentials/{uuid}")
        assert answer.status_code == 403
        assert held.number not in answer.content.decode()


def test_a_link_of_another_certificate_opens_no_credential(
    story: stories.Story, held: Certificate, run_jobs: Jobs
) -> None:
    story.now = timezone.now() - timedelta(days=60)
    other = Certificate.objects.get(case=stories.certified(story, "devon"))
    run_jobs(only={LATE})
    token = shared(signed_in(other.person), other).rstrip("/").rpartition("/")[2]
    assert Client().get(f"/credentials/{current(other).uuid}?share={token}").status_code == 200
    assert Client().get(f"/credentials/{current(held).uuid}?share={token}").status_code == 403


def test_what_was_superseded_is_not_handed_out_and_never_called_revoked(
    story: stories.Story, held: Certificate
) -> None:
    maria, old = signed_in(held.person), current(held)
    path = shared(maria, held)
    suspend(story, held)
    answer = maria.get(f"/credentials/{old.uuid}")
    assert answer.status_code == 410
    for page in (answer, maria.get(own(held)), Client().get(path), maria.get(f"{own(held)}others-see/")):
        assert "revoked" not in page.content.decode().lower()
    assert "no longer current" in words_of(answer)
    told = words_of(Client().get(path))
    assert "Not certified today" in told
    assert "no longer current" in told
    assert maria.get(f"{own(held)}credential.jwt").status_code == 404
    assert "There is no document while your certificate is not in force" in words_of(maria.get(own(held)))


def test_an_officer_records_an_area_and_the_holder_decides_whether_it_shows(
    story: stories.Story, held: Certificate
) -> None:
    sam, maria = signed_in(story.person("sam")), signed_in(held.person)
    today = day_of(timezone.now())
    sent = {
        "step": "area", "area-area": "justice", "area-because": "40 hours, seen.",
        "area-first_on_month": str(today.month), "area-first_on_day": str(today.day),
        "area-first_on_year": str(today.year),
    }  # fmt: skip
    assert sam.post(staff(held), sent).status_code == 302
    public = f"/verify/{held.number}/"
    row = "Areas of specialization Justice-involved"
    assert row in words_of(Client().get(public))
    assert "Justice-involved" in words_of(maria.get(f"{own(held)}others-see/"))
    assert maria.post(f"{own(held)}others-see/", {"areas": "hide"}).status_code == 302
    assert row not in words_of(Client().get(public))
    assert "The holder does not show them to others." in words_of(sam.get(staff(held)))
    ended = {name.replace("area-", "area_end-").replace("first_on", "from_on"): value for name, value in sent.items()}
    assert sam.post(staff(held), ended | {"step": "area_end"}).status_code == 302
    assert queries.areas_on(held, today) == []


@pytest.mark.parametrize("missing", ["area", "because", "first_on_year"])
def test_an_area_that_is_not_given_whole_is_told_beside_its_field(
    story: stories.Story, held: Certificate, missing: str
) -> None:
    sent = {"step": "area", "area-area": "justice", "area-because": "Seen.", "area-first_on_month": "5",
            "area-first_on_day": "1", "area-first_on_year": "2026"}  # fmt: skip
    del sent[f"area-{missing}"]
    assert signed_in(story.person("sam")).post(staff(held), sent).status_code == 422


def test_after_a_change_of_the_sites_address_opening_the_page_has_a_new_credential_made(
    held: Certificate, run_jobs: Jobs, settings: Any
) -> None:
    run_jobs()
    old = current(held)
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, origin="https://new.example.org", hosts=("testserver",))
    signed_in(held.person).get(own(held))
    run_jobs(only={LATE})
    assert current(held) != old
    assert "did:web:new.example.org" in current(held).signed
    assert judged(current(held).signed).holds


@pytest.mark.browser
def test_a_holder_shares_and_a_stranger_opens_the_link(
    new_page: Callable[..., Any], committed: str, run_jobs: Jobs, live_site: str
) -> None:
    story = stories.Story(now=timezone.now() - timedelta(days=60))
    held = Certificate.objects.get(case=stories.certified(story))
    run_jobs(only={LATE})
    client = signed_in(held.person)
    phone = {"viewport": {"width": 320, "height": 640}}
    maria = new_page(**phone)
    maria.context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": live_site}])
    maria.goto(own(held))
    assert violations(maria) == []
    go(maria.get_by_role("link", name="Share it by a link"))
    assert violations(maria) == []
    maria.get_by_text("30 days").click()
    maria.get_by_label("For whom is it?").fill("Alameda HR")
    go(maria.get_by_role("button", name="Make a link"))
    address = maria.get_by_label("The link, to copy").input_value()
    assert violations(maria) == []
    assert maria.evaluate("document.documentElement.scrollWidth") <= 320
    stranger = new_page(**phone, locale="es-US")
    stranger.goto("/es" + urlsplit(address).path)
    expect(stranger.get_by_role("heading", level=1)).to_contain_text("Certificación vigente hoy")
    assert violations(stranger) == []
    assert stranger.evaluate("document.documentElement.scrollWidth") <= 320
    with stranger.expect_download() as download:
        stranger.get_by_role("link", name="Descargar la credencial").click()
    assert judged(download.value.path().read_bytes())["signature"].holds
    maria.reload()
    expect(maria.get_by_text("Opened once:")).to_be_visible()
    maria.goto(f"{own(held)}others-see/")
    assert violations(maria) == []
    assert maria.evaluate("document.documentElement.scrollWidth") <= 320
    maria.goto(f"{own(held)}sharing/")
    go(maria.get_by_role("button", name="End this link Alameda HR"))
    assert stranger.goto(urlsplit(address).path).status == 404
