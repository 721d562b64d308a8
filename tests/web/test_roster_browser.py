"""A county in a real browser: a roster is sent, a manager suspends one on it; page, machine and mailbox hear of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from peercert.demo import partners
from peercert.program.certificates.models import Certificate
from peercert.program.journey import digests, maintain, watched
from peercert.program.notices.models import Letter
from peercert.program.people.organisations import Organisation
from peercert.program.rosters.models import Watch
from peercert.rules.days import day_of
from tests import stories
from tests.fixtures.browser import go
from tests.fixtures.receiver import Receiver
from tests.gateways.test_webhooks import documented
from tests.web import axe

pytestmark = pytest.mark.browser


def desk_of(new_page: Callable[..., Any], site: str, story: stories.Story, who: str, **options: Any) -> Any:
    """A page in which this person is signed in."""
    page, client = new_page(**options), Client()
    client.force_login(story.person(who).account, backend="allauth.account.auth_backends.AuthenticationBackend")
    page.context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": site}])
    return page


def test_a_suspension_reaches_the_county_that_watches(
    new_page: Callable[..., Any], live_site: str, run_jobs: Any, mailbox: Any, receiver: Receiver
) -> None:
    story = stories.Story(now=timezone.now() - timedelta(days=40))
    stories.certified(story)
    partners.county(story)
    maria, county = Certificate.objects.get(), Organisation.objects.get()
    born = maria.person.born_on
    assert born is not None
    at = f"/partner/{county.uuid}"

    # Dana, who administers it, says where its program listens. It is knocked at, and answers: her page asks by itself.
    dana = desk_of(new_page, live_site, story, "dana", viewport={"width": 1280, "height": 900})
    dana.goto(f"{at}/webhooks/")
    dana.get_by_role("textbox", name="Address").fill(receiver.url)
    go(dana.get_by_role("button", name="Add the address"))
    run_jobs(only={"webhooks.knock"})
    expect(dana.get_by_text("takes messages")).to_be_visible()

    # Omar sends a roster in Spanish, on a phone, without a script.
    omar = desk_of(
        new_page, live_site, story, "omar", viewport={"width": 320, "height": 700}, java_script_enabled=False
    )
    omar.goto(f"/es{at}/rosters/")
    content = f"Apellidos;Nombre;Fecha de nacimiento\nGARCIA LOPEZ;Maria;{born}\nNadie;Nadie;1990-01-01\n"
    omar.set_input_files("input[type=file]", {"name": "nomina.csv", "mimeType": "text/csv", "buffer": content.encode()})
    omar.get_by_text("La nómina completa").click()
    go(omar.get_by_role("button", name="Enviar", exact=True))
    expect(omar.get_by_text("en lectura")).to_be_visible()
    run_jobs(only={"rosters.take"})
    omar.reload()
    expect(omar.get_by_text("Sin coincidencia")).to_be_visible()
    go(omar.get_by_role("button", name="Sí, seguir"))
    go(omar.get_by_role("link", name="Cambios", exact=True))
    go(omar.get_by_role("button", name="Quiero el resumen"))
    assert omar.evaluate("document.documentElement.scrollWidth") <= 320
    watch = Watch.objects.get()
    assert watch.certificate == maria

    # María reads who watches, and why.
    watched.tell_holders(now=timezone.now())
    holder = desk_of(new_page, live_site, story, "maria", viewport={"width": 320, "height": 700})
    holder.goto(f"/es/apply/certificates/{maria.number}/watchers/")
    expect(holder.get_by_text(partners.COUNTY.text_es)).to_be_visible()
    assert axe.violations(holder) == []
    go(holder.get_by_role("link", name="Oponerse"))
    assert axe.violations(holder) == []

    # She marries; then Sam suspends her from today on.
    maintain.correct_name(maria.pk, "María", "", "Luna", "marriage", actor=story.actor("sam"), now=timezone.now())
    sam = desk_of(new_page, live_site, story, "sam", viewport={"width": 1280, "height": 900})
    sam.goto(f"/staff/cases/{maria.case.number}/certificate/")
    sam.get_by_text("Correct the standing").click()
    form = sam.locator("form", has=sam.locator("input[name=step][value=correct]"))
    form.get_by_text("Suspended").click()
    today = day_of(timezone.now())
    for name, day in (("first_on", today), ("last_on", today + timedelta(days=30))):
        form.locator(f"[name=correct-{name}_month]").select_option(str(day.month))
        form.locator(f"[name=correct-{name}_day]").fill(str(day.day))
        form.locator(f"[name=correct-{name}_year]").fill(str(day.year))
    form.locator("[name=correct-because]").fill("Complaint K/1, upheld.")
    go(form.get_by_role("button"))

    # It reaches Omar's page and the county's program at once, without a reason or the name before.
    never = ("K/1", "upheld", "complaint", "García", "GARCIA")
    omar.reload()
    expect(omar.get_by_text("Vigencia: suspendido", exact=False)).to_be_visible()
    assert not [word for word in never if word in omar.content()]
    run_jobs(only={"webhooks.send"})
    county_program = documented(live_site, receiver.url)
    keys = county_program["published"]()
    knock, *told = [county_program["read"](*message, keys) for message in receiver.taken]
    assert knock["data"] == {}
    assert [(one["subject"], one["data"]["kind"], one["data"]["name"]) for one in told] == [
        (maria.number, "name", "María Luna"), (maria.number, "standing", "María Luna"),
    ]  # fmt: skip
    assert told[1]["data"]["standing"] == "suspended"
    assert not [word for word in never for _, body in receiver.taken if word in body.decode()]

    # And his mailbox the next morning, without a name at all.
    assert digests.send_digests(now=timezone.now() + timedelta(days=1)) == 1
    run_jobs(only={"notices.send"})
    address = Letter.objects.get(code="roster_digest").to_address
    message = mailbox.to(address)[-1]
    said = str(message["Subject"]) + message.get_content()
    assert f"{at}/changes/" in said
    assert not [word for word in (*never, "Luna", "suspen", maria.number) if word.lower() in said.lower()]

    # Dana reads the other pages, in English and with scripts.
    asked = f"on_month={today.month}&on_day={today.day}&on_year={today.year}"
    dana.goto(f"{at}/webhooks/")
    assert axe.violations(dana) == []
    go(dana.get_by_role("link", name=receiver.url))
    expect(dana.get_by_text("taken by your program")).to_have_count(2)
    for path in ("", "roster/", "rosters/", "changes/", f"as-of/?{asked}"):
        dana.goto(f"{at}/{path}")
        assert axe.violations(dana) == [], path
    expect(dana.get_by_role("cell", name="not certified")).to_be_visible()

    # For an audit she has the files made, watches it, and takes both along.
    go(dana.get_by_role("button", name="Make the files for the audit"))
    expect(dana.get_by_text("Signed: 0 of 1")).to_be_visible()
    assert axe.violations(dana) == []
    run_jobs(only={"rosters.make_past"})
    expect(dana.get_by_role("link", name="Download to print (PDF)")).to_be_visible()
    assert axe.violations(dana) == []
    for link in ("Download the file (ZIP)", "Download to print (PDF)"):
        with dana.expect_download() as taken:
            dana.get_by_role("link", name=link).click()
        assert taken.value.path().read_bytes()[:4] in {b"PK\x03\x04", b"%PDF"}
