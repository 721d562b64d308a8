"""The printed certificate: tagged, in two languages, and the same wherever it is made."""

import io
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from peercert.gateways import printer

MADE = datetime(2026, 5, 1, 18, tzinfo=UTC)
TEXTS = ("program", "heading", "certifies", "is", "profession", "check", "qr")
PAGE = printer.Page(
    title="Certificate C-7K3M-9QXF",
    description="Certified Medi-Cal Peer Support Specialist",
    program="Medi-Cal Peer Support Specialist Certification",
    name="María García-López",
    address="https://peercert.example.org/verify/C-7K3M-9QXF/",
    shown_address="peercert.example.org/verify/C-7K3M-9QXF",
    code="PC1" + "7KQ2MZ4A" * 37,
    lines=(printer.Line("Certificate number", "Número de certificado", "C-7K3M-9QXF"),
           printer.Line("Issued", "Fecha de emisión", "May 1, 2026", "1 de mayo de 2026")),
    en={name: f"english {name}" for name in TEXTS},
    es={name: f"español {name}" for name in TEXTS},
)  # fmt: skip


@pytest.fixture(scope="module")
def made() -> bytes:
    return printer.pdf(PAGE, made_at=MADE)


def text_of(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    assert len(document) == 1
    return " ".join(document[0].get_textpage().get_text_range().split())


def elements(node: pikepdf.Object) -> list[pikepdf.Dictionary]:
    kids = node.get("/K", [])
    found = []
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            found += [kid, *elements(kid)]
    return found


def test_it_says_everything_in_both_languages(made: bytes) -> None:
    told = text_of(made)
    for text in ("María García-López", "C-7K3M-9QXF", "May 1, 2026", "1 de mayo de 2026", PAGE.shown_address):
        assert text in told
    assert "english certifies" in told
    assert "español certifies" in told


def test_it_is_tagged_and_claims_pdf_ua_and_pdf_a(made: bytes) -> None:
    with pikepdf.open(io.BytesIO(made)) as pdf:
        root = pdf.Root
        assert root.MarkInfo.Marked
        assert str(root.Lang).startswith("en")
        assert root.ViewerPreferences.DisplayDocTitle
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["pdfaid:part"] == "3"
            assert "C-7K3M-9QXF" in metadata["dc:title"]
        kinds = [str(element.S) for element in elements(root.StructTreeRoot)]
        assert kinds.count("/H1") == 1
        assert {"/H2", "/Figure", "/Link", "/P"} <= set(kinds)
        figures = [element for element in elements(root.StructTreeRoot) if str(element.S) == "/Figure"]
        assert [str(figure.Alt) for figure in figures] == ["english qr"]


def test_spanish_is_marked_as_spanish(made: bytes) -> None:
    with pikepdf.open(io.BytesIO(made)) as pdf:
        content = pdf.pages[0].Contents.read_bytes()
        langs = {str(element.get("/Lang", "")) for element in elements(pdf.Root.StructTreeRoot)}
        assert any(lang.startswith("es") for lang in langs) or b"/Lang (es" in content


def test_every_font_is_embedded(made: bytes) -> None:
    with pikepdf.open(io.BytesIO(made)) as pdf:
        fonts = [font for font in pdf.objects if isinstance(font, pikepdf.Dictionary) and font.get("/Type") == "/Font"]
        descriptors = [
            kid.FontDescriptor for font in fonts if "/DescendantFonts" in font for kid in font.DescendantFonts
        ]
        assert descriptors
        assert all({"/FontFile2", "/FontFile3"} & set(one.keys()) for one in descriptors)


def test_the_same_values_give_the_same_bytes_in_another_process(made: bytes) -> None:
    code = (
        "import sys; from tests.gateways.test_printer import MADE, PAGE; from peercert.gateways import printer; "
        "sys.stdout.buffer.write(printer.pdf(PAGE, made_at=MADE))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == made


@pytest.mark.parametrize(
    "name",
    [
        "Nguyễn Thị Hồng Ánh",
        "Олександра Шевченко",
        "Τάκης",
        "Արամ Խաչատրյան",
        "Łukasz Świątek",
        "ʻIolani O’Neil",
        "שרה כהן",
    ],
)
def test_names_of_many_scripts_are_printed(name: str) -> None:
    assert printer.prints(name)
    assert printer.pdf(replace(PAGE, name=name), made_at=MADE).startswith(b"%PDF")


def test_letters_that_are_not_looked_up_each_have_a_glyph() -> None:
    sure = [letter for letter in map(chr, range(0x2100)) if printer._SURE.fullmatch(letter)]
    assert len(sure) > 500
    for at in range(0, len(sure), 60):
        printer.pdf(replace(PAGE, name="".join(sure[at : at + 60])), made_at=MADE)


@pytest.mark.parametrize("name", ["王小明", "김영희", "Ana 😀", "Ana \ue000"])
def test_a_letter_without_a_glyph_is_told_and_never_left_out(name: str) -> None:
    assert not printer.prints(name)
    with pytest.raises(printer.CannotPrint):
        printer.pdf(replace(PAGE, name=name), made_at=MADE)


@pytest.mark.parametrize("name", ["#panic()", "*Ana* _Ruiz_ $x$", "Ana\\ <b>Ruiz</b> @x", '"; #read("/etc/passwd")'])
def test_a_name_is_never_read_as_markup(name: str) -> None:
    told = text_of(printer.pdf(replace(PAGE, name=name), made_at=MADE))
    assert " ".join(name.split())[:12] in told.replace("”", '"').replace("“", '"')


@pytest.mark.parametrize("length", [30, 60, 120, 300])
def test_a_long_name_stays_on_the_page(length: int) -> None:
    name = ("Maximiliana Guadalupe de los Ángeles " * 10)[:length].strip()
    assert "Maximiliana" in text_of(printer.pdf(replace(PAGE, name=name), made_at=MADE))


@pytest.mark.parametrize("length", [30, 120, 300])
def test_a_card_is_one_image_whose_code_can_be_read_whatever_the_name(length: int) -> None:
    name = ("Maximiliana Guadalupe de los Ángeles " * 10)[:length].strip()
    areas = printer.Line("Areas", "Áreas", "Parent, caregiver, family member; Crisis care; Unhoused; Justice-involved")
    page = replace(PAGE, name=name, lines=(*PAGE.lines, *PAGE.lines[1:], areas))
    image = Image.open(io.BytesIO(printer.card(page)))
    assert image.size == (1350, 850)
    (code,) = zxingcpp.read_barcodes(image)
    assert code.text.startswith(PAGE.address)
