"""Handing over a file, a photo or a text to be verified: every step in words, the register's answer, nothing kept."""

import io
import json
import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pikepdf
import pypdfium2
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from peercert.gateways.signer import compact
from peercert.program.certificates import queries, signing
from peercert.program.certificates.models import Certificate
from peercert.program.journey import keep_keys, maintain
from peercert.program.people.actor import PROGRAM
from peercert.rules.days import day_of
from peercert.web.doors import now
from peercert.web.public import throttle, verify_file
from tests import stories
from tests.gateways.signer import samples
from tests.gateways.test_sanitise import square
from tests.photograph import photographed
from tests.web.axe import violations
from tests.web.test_printed_code import document_of, forged
from tests.web.test_verify import words_of


@pytest.fixture(scope="module")
def lived(one_life: None) -> Certificate:
    return Certificate.objects.get(case=stories.certified(stories.Story()))


@pytest.fixture
def certificate(lived: Certificate, db: None) -> Certificate:
    return deepcopy(lived)


def code_of(certificate: Certificate, **changes: Any) -> str:
    """The address that her square code holds."""
    today = day_of(now())
    printed = compact.Printed(
        certificate.number, certificate.printed_name, certificate.issued_on, queries.term_of(certificate).last_on, today
    )
    code = compact.write(replace(printed, **changes), signing.signer_for("credential"))
    return f"{settings.ENVIRONMENT.origin}/verify/{certificate.number}/#{code}"


def credential_of(certificate: Certificate, run_jobs: Callable[..., Any]) -> dict[str, Any]:
    """Her digital credential, as the worker signed it."""
    run_jobs(only={"certificates.sign"})
    current = queries.current_credential(certificate)
    assert current is not None
    return dict(json.loads(current.signed))


def sent(client: Client, content: bytes | str, prefix: str = "") -> Any:
    name = "given" if isinstance(content, bytes) else "given.json"
    raw = content if isinstance(content, bytes) else content.encode()
    return client.post(f"{prefix}/verify/file/", {"file": SimpleUploadedFile(name, raw)})


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "HEIF", "PDF"])
def test_a_picture_of_the_code_is_explained_and_the_register_asked(
    client: Client, certificate: Certificate, kind: str
) -> None:
    kept = io.BytesIO()
    square(code_of(certificate)).save(kept, kind)
    told = words_of(sent(client, kept.getvalue()))
    for text in (
        "Genuine as printed",
        "Certified today",
        "We signed exactly this",
        certificate.printed_name,
        "ask the register",
    ):
        assert text in told


def test_a_photo_of_the_printed_document_is_explained(
    client: Client, certificate: Certificate, run_jobs: Callable[..., Any]
) -> None:
    run_jobs()
    paper = pypdfium2.PdfDocument(document_of(certificate))[0].render(scale=300 / 72).to_pil()
    told = words_of(sent(client, photographed(paper, dpi=220, turn=-7)))
    for text in ("Genuine as printed", "What the register says now", "Certified today", certificate.printed_name):
        assert text in told


def test_a_forged_name_is_told_and_not_repeated(client: Client, certificate: Certificate) -> None:
    answer = client.post("/verify/file/", {"text": forged(code_of(certificate))})
    told = words_of(answer)
    assert "This is not genuine" in told
    assert "signature does not fit" in told
    assert "Impostor" not in answer.content.decode()
    assert "Certified today" not in told
    assert f"Ask the register about {certificate.number}" in told


def test_nothing_genuine_stands_for_what_lies_beside_it(
    client: Client, certificate: Certificate, run_jobs: Callable[..., Any]
) -> None:
    run_jobs(only={"certificates.sign"})
    current = queries.current_credential(certificate)
    assert current is not None
    good, another = code_of(certificate), code_of(certificate, number="C-7K3M-9QXF")
    another = another.replace(certificate.number, "C-7K3M-9QXF")

    def told(*codes: str, **inside: str) -> str:
        page, kept = Image.new("RGB", (1600, 800), "white"), io.BytesIO()
        for place, code in enumerate(codes):
            page.paste(square(code, 5), (20 + 800 * place, 50))
        page.save(kept, "PDF", resolution=150)
        with pikepdf.open(kept) as opened:
            for name, text in inside.items():
                opened.attachments[f"{name}.json"] = text.encode()
            opened.save(kept := io.BytesIO())
        return words_of(sent(client, kept.getvalue()))

    forged_file = current.signed.replace(certificate.printed_name, "Mario Impostor")
    assert "Genuine as printed" in told(good, "https://example.com/a-stranger")
    assert "genuine and still current" in told(good, credential=current.signed)
    assert "genuine and still current" in told(good, a_note='{"nothing": "of ours"}', credential=current.signed)
    assert "This is not genuine" in told(good, forged(good))
    assert "This is not genuine" in told(forged(good), credential=current.signed)
    assert "This is not genuine" in told(good, credential=current.signed, other=forged_file)
    assert "more than one certificate" in told(good, another)
    assert "more than one certificate" in told(another, credential=current.signed)


@pytest.mark.parametrize("prefix", ["", "/es"])
def test_a_suspended_one_is_told_with_its_true_standing(client: Client, certificate: Certificate, prefix: str) -> None:
    story, today = stories.Story(), day_of(now())
    address = code_of(certificate)
    maintain.correct_standing(
        certificate.pk, "suspended", today, today + timedelta(days=9), "Found.", actor=story.actor("sam"), now=now()
    )
    told = words_of(client.post(f"{prefix}/verify/file/", {"text": address}))
    assert ("Not certified today" if not prefix else "Sin certificación vigente hoy") in told
    assert ("Suspended" if not prefix else "Suspendido") in told


def test_a_credential_of_ours_is_explained(
    client: Client, certificate: Certificate, run_jobs: Callable[..., Any]
) -> None:
    document = credential_of(certificate, run_jobs)
    told = words_of(sent(client, json.dumps(document)))
    for text in ("genuine and still current", "We signed exactly this", "Certified today", certificate.printed_name):
        assert text in told
    document["credentialSubject"]["identifier"][0]["identityHash"] = "Mario Impostor"
    told = words_of(sent(client, json.dumps(document)))
    assert "signature does not fit" in told
    assert "Impostor" not in told


@pytest.mark.parametrize("prefix", ["", "/es"])
def test_a_credential_of_before_a_suspension_is_no_longer_current(
    client: Client, certificate: Certificate, run_jobs: Callable[..., Any], prefix: str
) -> None:
    document = credential_of(certificate, run_jobs)
    story, today = stories.Story(), day_of(now())
    maintain.correct_standing(
        certificate.pk, "suspended", today, today + timedelta(days=9), "Found.", actor=story.actor("sam"), now=now()
    )
    told = words_of(sent(client, json.dumps(document), prefix))
    english = ("no longer current", "Not certified today", "Suspended")
    for text in english if not prefix else ("ya no está vigente", "Sin certificación vigente hoy", "Suspendido"):
        assert text in told
    assert "evoked" not in told
    assert "Revocad" not in told


@pytest.mark.parametrize("prefix", ["", "/es"])
def test_a_look_alike_is_told_as_not_ours_and_nothing_of_it_is_fetched(
    client: Client, certificate: Certificate, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("somebody fetches something")

    monkeypatch.setattr("socket.socket.connect", refuse)
    for given in (json.dumps(samples.signed()), samples.token()):
        told = words_of(sent(client, given, prefix))
        assert ("not issued by us" if not prefix else "no fue emitido por nosotros") in told
        assert samples.DID in told
    elsewhere = code_of(certificate).replace(settings.ENVIRONMENT.origin, "https://peercert.example.net")
    told = words_of(client.post(f"{prefix}/verify/file/", {"text": elsewhere}))
    assert "peercert.example.net" in told
    assert ("another site, not to ours" if not prefix else "otro sitio, no al nuestro") in told


def test_a_key_that_somebody_else_may_know_signs_nothing_any_more(client: Client, certificate: Certificate) -> None:
    address = code_of(certificate)
    keep_keys.rotate_key("credential", compromised=False, actor=PROGRAM, now=now())
    assert "Genuine as printed" in words_of(client.post("/verify/file/", {"text": address}))
    second = code_of(certificate)
    keep_keys.rotate_key("credential", compromised=True, actor=PROGRAM, now=now())
    assert "Genuine as printed" in words_of(client.post("/verify/file/", {"text": address}))
    assert "a key that is not ours" in words_of(client.post("/verify/file/", {"text": second}))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"hello", "neither JSON nor a signed token"),
        (b"{}", "Nobody signed it"),
        (b'{"a": 1, "a": 2}', "one thing twice"),
        (b"[" * 100_000, "JSON"),
        (b"\x00\xff" * 50, "something else, or it was cut off"),
        (b"PC1AAAAAA", "is not complete"),
        (b"https://[", "only an address"),
        (b"https://example.com/", "leads to another site"),
        (b"https://[x/verify/C-7K3M-9QXF/", "only an address"),
        (b"\x89PNG\r\n\x1a\n", "cannot be opened"),
        (b"", "empty"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "/es"])
def test_junk_gets_a_sentence(client: Client, db: None, content: bytes, says: str, prefix: str) -> None:
    answer = sent(client, content, prefix)
    assert answer.status_code in {200, 422}
    if not prefix:
        assert says in words_of(answer)


@pytest.mark.parametrize("path", ["/verify/", "/verify/file/"])
def test_a_form_that_needs_one_answer_calls_none_of_them_optional(client: Client, db: None, path: str) -> None:
    assert "(optional)" not in words_of(client.get(path))


def test_a_picture_without_a_code_and_a_file_too_large_are_told(client: Client, db: None) -> None:
    kept = io.BytesIO()
    Image.new("RGB", (300, 300), "white").save(kept, "PNG")
    assert "no code and no credential" in words_of(sent(client, kept.getvalue()))
    assert "larger than 15 MB" in words_of(sent(client, b"x" * (15 * 1024 * 1024 + 1)))


def test_pictures_leave_threads_for_everybody_else(client: Client, certificate: Certificate) -> None:
    taken = 0
    while verify_file._LOOKING.acquire(blocking=False):
        taken += 1
    assert taken < max(2, settings.ENVIRONMENT.web_threads)
    picture = io.BytesIO()
    square(code_of(certificate)).save(picture, "PNG")
    told = sent(client, picture.getvalue())
    assert told.status_code == 503
    assert "looking through other files" in words_of(told)
    assert sent(client, code_of(certificate)).status_code == 200
    for _ in range(taken):
        verify_file._LOOKING.release()
    assert sent(client, picture.getvalue()).status_code == 200


def test_it_is_stopped_when_asked_too_often(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(throttle.ALLOWED, "file", (throttle.Allowance(2, 900), throttle.Allowance(99, 86_400)))
    assert [client.post("/verify/file/", {"text": "x"}).status_code for _ in range(3)] == [200, 200, 429]


def test_the_answer_is_not_kept_by_anyone_between(client: Client, certificate: Certificate) -> None:
    answer = client.post("/verify/file/", {"text": code_of(certificate)})
    assert "no-store" in answer["Cache-Control"]
    assert "noindex" in answer["X-Robots-Tag"]
    assert not re.search(r"PC1[A-Z2-7]{20}", answer.content.decode())


@pytest.mark.browser
@pytest.mark.parametrize("prefix", ["", "/es"])
def test_axe_finds_nothing_and_it_fits_a_small_phone(new_page: Callable[..., Any], prefix: str, tmp_path: Any) -> None:
    made = Certificate.objects.get(case=stories.certified(stories.Story()))
    page = new_page(viewport={"width": 320, "height": 640})
    page.goto(f"{prefix}/verify/")
    square(code_of(made)).save(tmp_path / "code.png")
    page.set_input_files("[type=file]", tmp_path / "code.png")
    with page.expect_navigation():
        page.click("form[enctype] button")
    assert violations(page) == []
    page.fill("textarea", json.dumps(samples.signed()))
    with page.expect_navigation():
        page.click("form[enctype] button")
    assert violations(page) == []
