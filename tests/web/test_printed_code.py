"""A stranger checks a printed code in a real browser: online, offline, a forged one, one of somebody suspended."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from peercert import words
from peercert.gateways import files, keys
from peercert.gateways.sanitise import texts_in
from peercert.gateways.signer import compact
from peercert.program.certificates import queries
from peercert.program.certificates.models import Certificate
from peercert.program.journey import maintain
from peercert.rules.days import day_of
from peercert.web.doors import now
from tests import stories
from tests.web.axe import violations

#: Every address that this browser keeps.
KEPT = """async () => {
    const kept = await Promise.all((await caches.keys()).map(name => caches.open(name)));
    return (await Promise.all(kept.map(cache => cache.keys()))).flat().map(request => request.url);
}"""
#: Both workers, one for each language, have all that they keep and serve it.
WORKING = """navigator.serviceWorker.getRegistrations().then(
    all => all.filter(one => one.active?.state === "activated").length === 2)"""
PHONE = {"width": 320, "height": 640}


@pytest.fixture
def certificate(committed: str, run_jobs: Callable[..., Any]) -> Certificate:
    """María's, as printed by the worker."""
    made = Certificate.objects.get(case=stories.certified(stories.Story()))
    run_jobs()
    return made


def code_on(certificate: Certificate) -> str:
    """The address in the square code of her printed document, read from its page."""
    return texts_in(document_of(certificate))[-1]


def document_of(certificate: Certificate) -> bytes:
    """Her printed document, a PDF."""
    file = queries.newest_file(certificate)
    assert file is not None
    return keys.decrypt(files.fetch(file.path), queries.about_file(certificate))


def path_of(address: str) -> str:
    return "/" + address.split("/", 3)[3]


def forged(address: str, name: str = "Mario Impostor") -> str:
    """The same code with another name in it and the old signature below."""
    before, code = address.split("#")
    found = compact.read(code)
    content = found.signed.removeprefix(compact.PREFIX)[:20] + bytes([len(name)]) + name.encode() + found.signature
    return f"{before}#PC1{base64.b32encode(content).decode().rstrip('=')}"


def opened(page: Any, path: str) -> None:
    """Open an address anew, as a camera does; another # alone would not leave the page."""
    page.goto("about:blank")
    page.goto(path)


def fits(page: Any) -> None:
    assert violations(page) == []


@pytest.mark.browser
def test_a_stranger_checks_a_paper_with_and_without_a_network(certificate: Certificate, new_page: Any) -> None:
    page = new_page(viewport=PHONE)
    path = path_of(code_on(certificate))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path)
    expect(page.get_by_role("heading", name="Certified today")).to_be_visible()
    expect(page.get_by_role("heading", name="Genuine as printed")).to_be_visible()
    expect(page.locator("[data-printed-code]")).to_contain_text("María García-López")
    expect(page.locator("[data-code-alarm]")).to_be_empty()
    assert not [url for url in asked if "PC1" in url.split("#")[0]]
    fits(page)

    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    page.goto("/verify/code/")
    asked_of = page.context.new_cdp_session(page)
    errors = asked_of.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # Nothing can be installed into the profile of a test; nothing else stands in the way.
    assert [error["errorId"] for error in errors] == ["in-incognito"]
    told = asked_of.send("Page.getAppManifest")
    assert told["errors"] == []
    for icon in [icon["src"] for icon in json.loads(told["data"])["icons"]] + [
        page.locator("link[rel=apple-touch-icon]").get_attribute("href")
    ]:
        assert page.request.get(icon).ok
    opened(page, path)
    page.wait_for_function(WORKING)
    page.context.set_offline(True)
    for prefix, genuine, unknown, day in (
        ("", "Genuine as printed", "Where it stands now is not known here", words.day(day_of(now()), "en")),
        ("/es", "Auténtico tal como se imprimió", "Aquí no se sabe su vigencia actual", words.day(day_of(now()), "es")),
    ):
        opened(page, prefix + path)
        expect(page.get_by_role("heading", name=genuine)).to_be_visible()
        expect(page.get_by_role("heading", name=unknown)).to_be_visible()
        expect(page.locator("[data-printed-code]")).to_contain_text(day)
        expect(page.locator("[data-printed-code]")).to_contain_text("María García-López")
        fits(page)
    assert not [url for url in page.evaluate(KEPT) if certificate.number in url]

    opened(page, forged(path))
    expect(page.get_by_role("heading", name="The code on this paper is not genuine")).to_be_visible()
    assert "Impostor" not in page.locator("main").inner_text()
    # Somebody else's number, typed as no page of ours would write it.
    opened(page, path.replace(certificate.number, "c-xdwv-eqpa"))
    expect(page.locator("[data-printed-code]")).to_contain_text(f"was made for {certificate.number}")
    opened(page, path.replace(certificate.number, certificate.number.lower()))
    expect(page.get_by_role("heading", name="Genuine as printed")).to_be_visible()
    page.context.set_offline(False)
    opened(page, path)
    expect(page.get_by_role("heading", name="Certified today")).to_be_visible()
    code = f"/verify/code/{path[path.index('#') :]}"
    opened(page, code)
    expect(page.locator("[data-standing]")).to_contain_text("Certified today")
    another = page.get_by_role("heading", name="The register shows another name")
    expect(another).to_have_count(0)
    sam = stories.Story().actor("sam")
    maintain.correct_name(certificate.pk, "María", "", "Núñez", "marriage", actor=sam, now=now())
    for address in (path, code):
        opened(page, address)
        expect(another).to_be_visible()
        expect(page.locator("main")).to_contain_text("María Núñez")
    fits(page)


@pytest.mark.browser
def test_a_forged_paper_is_told_before_the_good_standing_of_its_number(certificate: Certificate, new_page: Any) -> None:
    page = new_page(viewport=PHONE)
    address = code_on(certificate)
    page.goto(path_of(forged(address)))
    expect(page.locator("main h2").first).to_contain_text("The code on this paper is not genuine")
    assert page.locator("[data-code-alarm]").bounding_box()["y"] < page.locator("h1").bounding_box()["y"]
    fits(page)
    # our code beside the number of somebody else
    other = stories.certified(stories.Story(), "devon")
    number = Certificate.objects.get(case=other).number
    page.goto(path_of(address).replace(certificate.number, number))
    expect(page.locator("[data-code-alarm]")).to_contain_text(f"was made for {certificate.number}")


@pytest.mark.browser
def test_a_suspended_one_is_genuine_paper_and_not_certified(certificate: Certificate, new_page: Any) -> None:
    path = path_of(code_on(certificate))
    story = stories.Story()
    today = day_of(now())
    maintain.correct_standing(
        certificate.pk, "suspended", today, today + timedelta(days=30), "Found.", actor=story.actor("sam"), now=now()
    )
    page = new_page(viewport=PHONE, locale="es-MX")
    page.goto("/es" + path)
    expect(page.locator("h1")).to_contain_text("Sin certificación vigente hoy")
    expect(page.locator("main")).to_contain_text("Suspendido")
    expect(page.get_by_role("heading", name="Auténtico tal como se imprimió")).to_be_visible()
    fits(page)
    # on the page without an answer of its own the register is asked
    page.goto("/es/verify/code/" + path[path.index("#") :])
    expect(page.locator("[data-standing]")).to_contain_text("Suspendido")
    fits(page)
