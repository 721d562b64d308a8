"""From the first page to the receipt in Spanish, in a real browser without JavaScript."""

import pytest
from django.test import Client
from django.utils import timezone

from peercert.program.applications.models import Application
from peercert.program.casework.models import Case
from peercert.program.notices.models import Letter
from tests import stories
from tests.fixtures.browser import go

pytestmark = pytest.mark.browser


@pytest.fixture
def page(committed, live_site, new_page):
    story = stories.Story(now=timezone.now())
    client = Client()
    client.force_login(story.person("maria").account, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = new_page(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page.context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": live_site}])
    return page


def go_on(page):
    go(page.get_by_role("button", name="Guardar y continuar"))


def choose(page, words):
    page.get_by_label(words, exact=True).check(force=True)


def day(page, name, month, number, year):
    page.locator(f"[name={name}_month]").select_option(month)
    page.locator(f"[name={name}_day]").fill(number)
    page.locator(f"[name={name}_year]").fill(year)


def send_photo(page, kind):
    photo = {"name": f"{kind}.jpg", "mimeType": "image/jpeg", "buffer": stories.picture(kind)}
    page.locator(f"#file-{kind}").set_input_files(photo)
    go(page.get_by_role("button", name="Enviar este archivo"))
    page.get_by_text(f"{kind}.jpg").first.wait_for()


def test_someone_applies_in_spanish_without_a_script(page):
    stories.county("Fresno")
    page.goto("/es/apply/")
    go(page.get_by_role("link", name="Comenzar una solicitud"))
    page.locator("label[for=id_pathway_0]").click()
    go(page.get_by_role("button", name="Comenzar"))

    go(page.get_by_role("link", name="Comenzar", exact=True))
    for _ in range(5):
        go(page.get_by_role("button", name="Capítulo siguiente"))
    go(page.get_by_role("button", name="Ya la leí toda"))
    for group in page.locator("main fieldset").all():
        group.locator("label").first.click()
    go(page.get_by_role("button", name="Listo"))
    go(page.get_by_role("link", name="Continuar con su solicitud"))

    go(page.get_by_role("link", name="Continuar", exact=True).or_(page.get_by_role("link", name="Comenzar")).first)
    page.locator("[name=first_name]").fill("María")
    page.locator("[name=last_name]").fill("García-López")
    day(page, "born_on", "3", "14", "1988")
    go_on(page)
    page.locator("[name=phone]").fill("916 555 0100")
    page.locator("label[for=id_has_no_fixed_address]").click()
    go_on(page)
    page.locator("label[for=id_written_language_1]").click()
    go_on(page)
    page.locator("[name=residence]").select_option(label="Fresno")
    page.locator("[name=workplace]").select_option("none")
    go_on(page)
    page.get_by_text("Matrícula consular").click()
    send_photo(page, "photo_id")
    assert page.locator("[name=id_kind][value=consular_id]").is_checked()
    go_on(page)
    page.get_by_text("GED, HiSET").click()
    send_photo(page, "education")
    go_on(page)
    go(page.get_by_role("button", name="Continuar sin esto"))
    page.locator("label[for=id_lived_experience_role_0]").click()
    page.locator("label[for=id_is_willing_to_share_0]").click()
    page.locator("label[for=id_is_dedicated_0]").click()
    page.locator("label[for=id_attests]").click()
    go_on(page)
    page.locator("[name=ethics_name]").fill("Maria Garcia Lopez")
    go_on(page)
    go_on(page)
    go(page.get_by_role("button", name="Enviar mi solicitud"))
    page.get_by_role("heading", name="Tenemos su solicitud").wait_for()

    case = Case.objects.get()
    assert case.stage == "submitted"
    assert page.get_by_text(case.number).first.is_visible()
    assert Application.objects.get().written_language == "es"
    assert "Recibimos su solicitud" in Letter.objects.get(code="receipt").subject
