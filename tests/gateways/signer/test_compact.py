"""The printed code: what it says and who signed it comes back from it, and from nothing that was changed."""

import base64
import contextlib
import io
import json
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pypdfium2
import pytest
import segno
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter
from segno import consts

from peercert.gateways import printer
from peercert.gateways.sanitise import texts_in
from peercert.gateways.signer import achievement, compact, keys
from peercert.rules import numbers
from peercert.words.verdict import lines
from tests.cluster import ROOT
from tests.gateways.test_printer import PAGE
from tests.photograph import photographed

KEY = keys.local("ed25519", bytes(range(32)))
OTHER = keys.local("ed25519", bytes(range(1, 33)))
PRINTED = compact.Printed(
    "C-7K3M-9QXF", "María García-López", date(2026, 5, 18), date(2028, 5, 18), date(2026, 5, 18), ("crisis", "justice")
)
TODAY = date(2026, 6, 1)
OLD = (
    "PC1HTDUJX5PEWRCQ7JFUIFFMR22U5KGGR2MCVGWC4WDVVQSAR3BOJR4HLLBFVGMHM3QMV5EGZ6DSOIPKOHLO2JCLDC7UMBA3JVBM"
    "NRPCRKWMLGLQOWQNUHE55S4QBCNE3POU3AHZFZA57VSQYYZ2WC2QBLCUBGWCPOVVV7DXFDHB4"
)
DAYS = st.dates(date(2000, 1, 1), date(2179, 1, 1))


@given(
    st.randoms(),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=310).map(str.strip).filter(bool),
    DAYS, DAYS, DAYS, st.sets(st.sampled_from(achievement.AREAS)),
)  # fmt: skip
def test_what_is_written_is_read(
    chance: object, name: str, issued: date, last: date, known: date, areas: set[str]
) -> None:
    number = numbers.make("C", chance)  # type: ignore[arg-type]
    told = compact.Printed(number, name, issued, last, known, tuple(a for a in achievement.AREAS if a in areas))
    found = compact.read(compact.write(told, KEY))
    assert found.holds(KEY)
    assert not found.holds(OTHER)
    if len(name.encode()) <= compact.NAME_BYTES:
        assert found.printed == told
    else:
        assert found.printed.is_name_cut
        assert name.startswith(found.printed.name)
        assert replace(found.printed, name=name, is_name_cut=False) == told


@pytest.mark.parametrize("place", range(5, 83, 6))
def test_one_changed_byte_is_found(place: int) -> None:
    code = compact.write(PRINTED, KEY)
    letters = code[3:] + "=" * (-len(code[3:]) % 8)
    content = bytearray(base64.b32decode(letters))
    content[place] ^= 1
    changed = "PC1" + base64.b32encode(bytes(content)).decode().rstrip("=")
    with contextlib.suppress(compact.NotACode):
        assert not compact.read(changed).holds(KEY)


def test_it_is_read_from_an_address_and_however_it_was_copied() -> None:
    code = compact.write(PRINTED, KEY)
    for text in (f"https://a.example/verify/C-7K3M-9QXF/#{code}", code.lower(), f" {code[:40]}\n{code[40:]} "):
        assert compact.read(text).printed == PRINTED


@pytest.mark.parametrize(
    "text",
    ["", "PC1", "PC2AAAA", "https://a.example/verify/C-7K3M-9QXF/", "PC1" + "A" * 40, "PC1" + "A" * 1000, "PC1!",
     "x" * 5000, compact.write(PRINTED, KEY)[:-1], compact.write(PRINTED, KEY) + "A"],
)  # fmt: skip
def test_what_is_no_code_is_told(text: str) -> None:
    with pytest.raises(compact.NotACode):
        compact.read(text)


def test_a_signature_over_the_content_alone_does_not_count() -> None:
    """Whoever gets us to sign bytes for another purpose has no printed code."""
    found = compact.read(compact.write(PRINTED, KEY))
    assert not KEY.verifies(found.signature, found.signed.removeprefix(compact.PREFIX))


@pytest.mark.parametrize("name", ["Ana Ruiz", "María Guadalupe García-López de la Cruz", "Ñ" * 310])
def test_a_code_on_paper_is_read_from_a_poor_picture(name: str) -> None:
    """At 150 dots per inch and blurred, and no module is smaller than half a millimetre."""
    code = compact.write(replace(PRINTED, name=name), KEY)
    page = replace(PAGE, name=name[:60], code=code)
    picture = pypdfium2.PdfDocument(printer.pdf(page, made_at=datetime(2026, 5, 1, tzinfo=UTC)))[0].render(
        scale=150 / 72
    )
    (found,) = zxingcpp.read_barcodes(picture.to_pil().convert("L").filter(ImageFilter.GaussianBlur(1)))
    assert found.text == f"{PAGE.address}#{code}"
    assert compact.read(found.text).holds(KEY)
    parts = [(f"{PAGE.address}#", consts.MODE_BYTE), (code, consts.MODE_ALPHANUMERIC)]
    modules = segno.make(parts, error="m", boost_error=False).symbol_size(border=0)[0]
    assert (found.position.top_right.x - found.position.top_left.x) / 150 * 25.4 / modules >= 0.5


@pytest.mark.parametrize("name", ["María Guadalupe García-López de la Cruz", "Ñ" * 310])
@pytest.mark.parametrize(("form", "dpi"), [("page", 220), ("card", 300)])
def test_a_code_is_read_from_a_poor_photo_of_page_and_card(form: str, dpi: int, name: str) -> None:
    """A page on four megapixels, and a card held a little nearer: a phone has several times as many."""
    code = compact.write(replace(PRINTED, name=name), KEY)
    page = replace(PAGE, name=name[:60], code=code)
    if form == "page":
        made = printer.pdf(page, made_at=datetime(2026, 5, 1, tzinfo=UTC))
        paper = pypdfium2.PdfDocument(made)[0].render(scale=300 / 72).to_pil()
    else:
        paper = Image.open(io.BytesIO(printer.card(page))).resize((1012, 638))
    for turn in (7, -38, 93):
        assert texts_in(photographed(paper, dpi=dpi, turn=turn)) == [f"{PAGE.address}#{code}"], turn


def test_the_form_stays_as_it_was() -> None:
    """Paper lives for years: what was printed once is read for ever, by Python and by the page's script alike."""
    found = compact.read(OLD)
    assert found.printed == PRINTED
    assert found.holds(KEY)
    assert compact.write(PRINTED, KEY) == OLD


@pytest.mark.parametrize(
    ("address", "key", "codes"),
    [
        ("https://ours.example/verify/C-7K3M-9QXF/#", KEY, {}),
        ("", KEY, {}),
        ("https://OURS.example/verify/C-7K3M-9QXF/#", KEY, {}),
        ("https://ours-example.net/verify/C-7K3M-9QXF/#", KEY, {"issuer": "address_elsewhere"}),
        ("https://ours.example/verify/c7k3m%209qxf/#", KEY, {}),
        ("https://ours.example/verify/OLD-00417/#", KEY, {}),
        ("https://ours.example/verify/C-7K3M-9QXG/#", KEY, {"shape": "code_of_another"}),
        ("https://ours.example/verify/c-xdwv-eqpa/#", KEY, {"shape": "code_of_another"}),
        ("https://ours.example/verify/c%2dxdwv-eqpa/#", KEY, {"shape": "code_of_another"}),
        ("", None, {"key": "key_unknown", "signature": "not_judged", "status": "not_judged"}),
        ("", keys.PublicKey("x", "ed25519", OTHER.public), {"signature": "signature_fails", "status": "not_judged"}),
    ],
)
def test_each_step_is_told(address: str, key: keys.PublicKey | None, codes: dict[str, str]) -> None:
    found = compact.explain(address + OLD, origin="https://ours.example", resolve_key=lambda kid: key, today=TODAY)
    good = {"readable": "read_as_code", "shape": "code_matches", "issuer": "issuer_ours", "key": "key_known",
            "signature": "signature_holds", "dates": "dates_hold", "status": "status_not_in_code"}  # fmt: skip
    assert {step.step: step.code for step in found.steps} == {**good, **codes}
    assert bool(found.says) == ("key" not in codes and "signature" not in codes)
    lines(found.steps, "en")
    lines(found.steps, "es")


def test_days_are_judged_by_the_day() -> None:
    for today, code in (
        (date(2028, 5, 18), "dates_hold"),
        (date(2028, 5, 19), "expired"),
        (date(2026, 5, 17), "not_yet_valid"),
    ):
        found = compact.explain(OLD, origin="https://ours.example", resolve_key=lambda kid: KEY, today=today)
        assert found["dates"].code == code


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("https://ours.example/verify/C-7K3M-9QXF/", ("address_only", "issuer_ours")),
        ("https://theirs.example/verify/C-7K3M-9QXF/", ("address_only", "address_elsewhere")),
        ("https://ours.example/verify/C-7K3M-9QXF/#PC1AAAA", ("not_a_code", "issuer_ours")),
        ("https://[ours.example/verify/C-7K3M-9QXF/", ("address_only", "address_elsewhere")),
        ("https://ours.example\u0430/verify/", ("address_only", "address_elsewhere")),
        ("PC1AAAA", ("not_a_code", "not_judged")),
    ],
)
def test_what_is_no_code_is_explained(text: str, codes: tuple[str, str]) -> None:
    found = compact.explain(text, origin="https://ours.example", resolve_key=lambda kid: KEY, today=TODAY)
    assert (found["readable"].code, found["issuer"].code) == codes
    assert found.holds is False
    lines(found.steps, "es")


def test_the_page_reads_and_judges_as_we_do() -> None:
    """The script of the verify page, run by Node.js over the same codes, good and bad."""
    names = ("María García-López", "Шевченко Олександра", "王小明", "\ufeffÑ" * 60, "a\u0301")
    codes = [OLD, OLD[:-1], OLD[:-8], "PC1", OLD.replace("M", "N", 1)]
    codes += [compact.write(replace(PRINTED, name=name, areas=("crisis", "something new")), KEY) for name in names]
    codes += [compact.write(replace(PRINTED, areas=achievement.AREAS, last_on=date(2179, 1, 1)), OTHER)]
    script = """
        import { find, holds, read } from "./assets/scripts/printed_code.js";
        const [key, ...codes] = JSON.parse(process.argv[1]);
        const told = await Promise.all(codes.map(async (code) => {
          const found = read(find(`https://a.example/verify/C-0000-0000/#${code}`));
          if (!found) return null;
          const day = (date) => date.toISOString().slice(0, 10);
          return [found.number, found.name, day(found.issued), day(found.last), day(found.known), found.areas,
                  found.isNameCut, found.kid, await holds(found, key)];
        }));
        console.log(JSON.stringify(told));
    """
    given = json.dumps([KEY.public.hex(), *codes])
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script, given], cwd=ROOT, capture_output=True, check=True
    )

    def ours(code: str) -> list[Any] | None:
        try:
            found = compact.read(code)
        except compact.NotACode:
            return None
        told = found.printed
        days = [str(day) for day in (told.issued_on, told.last_on, told.known_on)]
        holds = KEY.verifies(found.signature, found.signed)
        return [told.number, told.name, *days, list(told.areas), told.is_name_cut, found.kid, holds]

    assert json.loads(done.stdout) == [ours(code) for code in codes]
    assert sum(told is not None and told[-1] for told in map(ours, codes)) == 6
