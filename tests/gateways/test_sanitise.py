"""What people send becomes plain page images, or is refused by name; the child that decodes is bounded."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pikepdf
import pillow_heif
import pytest
import segno
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from peercert.gateways.sanitise import Unacceptable, kind_of, sanitise, texts_in

pillow_heif.register_heif_opener()

CODE = "https://peercert.example.org/verify/C-7K3M-9QXF/#PC1" + "ABCDEFG2" * 20


def photo(kind: str = "JPEG", size: tuple[int, int] = (900, 600), **options: object) -> bytes:
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 3, size[1] // 3), fill="blue")
    kept = io.BytesIO()
    image.save(kept, kind, **options)
    return kept.getvalue()


def pdf(change: object = None, **save: object) -> bytes:
    with pikepdf.open(io.BytesIO(photo("PDF"))) as opened:
        if callable(change):
            change(opened)
        kept = io.BytesIO()
        opened.save(kept, **save)
    return kept.getvalue()


def refusal(content: bytes, most_pages: int = 5) -> str:
    with pytest.raises(Unacceptable) as refused:
        sanitise(content, most_pages=most_pages)
    return refused.value.code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "HEIF", "PDF"])
def test_each_accepted_kind_becomes_a_fresh_jpeg_that_still_shows_the_page(kind: str) -> None:
    (page,) = sanitise(photo(kind), most_pages=5)
    image = Image.open(io.BytesIO(page.jpeg))
    assert (image.format, image.size) == ("JPEG", (page.width, page.height))
    red, _, blue = image.convert("RGB").getpixel((10, 10))
    assert blue > 200 > 60 > red
    assert all(part > 240 for part in image.convert("RGB").getpixel((image.width - 10, image.height - 10)))


def test_where_a_photo_was_taken_does_not_survive_and_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter
    exif[0x9286] = "taken at home"
    (page,) = sanitise(photo("JPEG", exif=exif), most_pages=5)
    image = Image.open(io.BytesIO(page.jpeg))
    assert not image.getexif()
    assert b"taken at home" not in page.jpeg
    assert image.height > image.width


def test_a_transparent_picture_lies_on_white() -> None:
    kept = io.BytesIO()
    Image.new("RGBA", (300, 300), (0, 0, 0, 0)).save(kept, "PNG")
    (page,) = sanitise(kept.getvalue(), most_pages=5)
    assert Image.open(io.BytesIO(page.jpeg)).getpixel((5, 5)) == (255, 255, 255)


def test_a_motion_clip_behind_a_phone_photo_is_left_out_not_refused() -> None:
    (page,) = sanitise(photo() + b"\x00\x00\x00\x18ftypmp42" + b"clip" * 500, most_pages=5)
    assert b"clip" not in page.jpeg


def test_every_page_of_a_pdf_is_drawn_and_too_many_are_refused() -> None:
    three = pdf(lambda opened: opened.pages.extend([opened.pages[0], opened.pages[0]]))
    assert len(sanitise(three, most_pages=3)) == 3
    assert refusal(three, most_pages=2) == "too_many_pages"


def test_filled_form_fields_are_drawn() -> None:
    def fill(opened: pikepdf.Pdf) -> None:
        look = opened.make_stream(b"0 0 0 rg 0 0 200 100 re f")
        look.update(pikepdf.Dictionary(Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 200, 100]))
        field = opened.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Tx,
                T="name",
                V="Ana",
                Rect=[600, 20, 800, 120],
                F=4,
                AP=pikepdf.Dictionary(N=look),
            )
        )
        opened.pages[0].Annots = opened.make_indirect(pikepdf.Array([field]))
        opened.Root.AcroForm = opened.make_indirect(pikepdf.Dictionary(Fields=pikepdf.Array([field])))

    plain = Image.open(io.BytesIO(sanitise(pdf(), most_pages=5)[0].jpeg)).convert("L")
    filled = Image.open(io.BytesIO(sanitise(pdf(fill), most_pages=5)[0].jpeg)).convert("L")
    box = (int(plain.width * 0.7), int(plain.height * 0.85), int(plain.width * 0.85), int(plain.height * 0.95))
    assert min(plain.crop(box).get_flattened_data()) > 200
    assert sum(shade < 60 for shade in filled.crop(box).get_flattened_data()) > 500


def script(opened: pikepdf.Pdf) -> None:
    opened.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def page_script(opened: pikepdf.Pdf) -> None:
    opened.pages[0].AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)"))


def launch(opened: pikepdf.Pdf) -> None:
    opened.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe")


def attach(opened: pikepdf.Pdf) -> None:
    opened.attachments["salary.xls"] = b"not a page"


def forms_script(opened: pikepdf.Pdf) -> None:
    opened.Root.AcroForm = pikepdf.Dictionary(XFA=opened.make_stream(b"<xdp/>"), Fields=pikepdf.Array([]))


def named_script(opened: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    opened.Root.Names = pikepdf.Dictionary(
        JavaScript=pikepdf.Dictionary(Names=pikepdf.Array([pikepdf.String("a"), action]))
    )


def script_in_lists(opened: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    opened.Root.Hidden = opened.make_indirect(pikepdf.Array([pikepdf.Array([pikepdf.Array([action])])]))


def attach_to_page(opened: pikepdf.Pdf) -> None:
    held = pikepdf.Dictionary(F="run.exe", EF=pikepdf.Dictionary(F=opened.make_stream(b"MZ")))
    pin = pikepdf.Dictionary(Subtype=pikepdf.Name.FileAttachment, Rect=[0, 0, 9, 9], FS=held)
    opened.pages[0].Annots = pikepdf.Array([pin])


def nest(opened: pikepdf.Pdf) -> None:
    inner = pikepdf.Array([])
    for _ in range(150):
        inner = pikepdf.Array([inner])
    opened.Root.Hidden = inner


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"hello", "unknown_type"),
        (b"GIF89a" + b"\0" * 90, "unknown_type"),
        (photo()[:700], "corrupt"),
        (b"%PDF-1.7 and nothing of the kind", "corrupt"),
        (photo() + photo("PDF"), "two_kinds"),
        (photo() + b"<script>alert(1)</script>", "script_inside"),
        (pdf(encryption=pikepdf.Encryption(owner="o", user="u")), "encrypted"),
        (pdf(encryption=pikepdf.Encryption(owner="o", user="")), "encrypted"),
        (pdf(script), "script_inside"),
        (pdf(page_script), "script_inside"),
        (pdf(launch), "script_inside"),
        (pdf(forms_script), "script_inside"),
        (pdf(named_script), "script_inside"),
        (pdf(script_in_lists), "script_inside"),
        (pdf(script_in_lists, object_stream_mode=pikepdf.ObjectStreamMode.generate), "script_inside"),
        (pdf(attach), "file_inside"),
        (pdf(attach_to_page), "file_inside"),
        (pdf(nest), "too_complex"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_name(content: bytes, code: str) -> None:
    assert refusal(content) == code


def test_a_zip_hidden_behind_a_photo_is_refused() -> None:
    hidden = io.BytesIO()
    with zipfile.ZipFile(hidden, "w") as archive:
        archive.writestr("run.me", "x" * 100)
    assert refusal(photo() + hidden.getvalue()) == "two_kinds"


def test_a_small_file_that_unpacks_to_a_huge_picture_is_refused() -> None:
    def chunk(name: bytes, content: bytes) -> bytes:
        body = name + content
        return struct.pack("!L", len(content)) + body + struct.pack("!L", zlib.crc32(body))

    head = chunk(b"IHDR", struct.pack("!2L5B", 60_000, 60_000, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 100_000)) + chunk(b"IEND", b"")
    assert refusal(bomb) == "too_complex"


def test_pages_that_unpack_without_end_are_refused() -> None:
    def fill(opened: pikepdf.Pdf) -> None:
        packed = zlib.compressobj(9)
        first, again = (packed.compress(b" " * 10_000_000) + packed.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
        content = first + again * 199
        opened.pages[0].Contents = opened.make_stream(b"")
        opened.pages[0].Contents.write(content, filter=pikepdf.Name.FlateDecode)

    assert refusal(pdf(fill)) == "too_complex"


def test_the_child_has_none_of_our_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tells = tmp_path / "python"
    tells.write_text(f"#!/bin/sh\nexport -p > {tmp_path}/told\nexit 1\n")
    tells.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(tells))
    monkeypatch.setenv("PEERCERT_KEYS", "the keys to everything")
    assert refusal(photo()) == "corrupt"
    assert "PEERCERT" not in (tmp_path / "told").read_text()


def test_the_kind_comes_from_the_content() -> None:
    assert [kind_of(photo(kind)[:32]) for kind in ("JPEG", "PNG", "HEIF", "PDF")] == ["jpeg", "png", "heic", "pdf"]
    assert kind_of(b"") is None


def square(text: str = CODE, size: int = 8) -> Image.Image:
    drawn = io.BytesIO()
    segno.make(text, error="m").save(drawn, kind="png", scale=size, border=4)
    return Image.open(drawn).convert("RGB")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "HEIF", "PDF"])
def test_a_code_is_found_in_every_kind_of_picture(kind: str) -> None:
    page = Image.new("RGB", (1400, 1000), "white")
    page.paste(square(size=5).rotate(8, expand=True, fillcolor="white"), (700, 300))
    kept = io.BytesIO()
    page.save(kept, kind)
    assert texts_in(kept.getvalue()) == [CODE]


def test_an_embedded_credential_comes_before_the_code_on_the_page() -> None:
    kept = io.BytesIO()
    square().save(kept, "PDF")
    with pikepdf.open(kept) as opened:
        opened.attachments["notes.txt"] = b"nothing of the kind"
        opened.attachments["credential.json"] = b'{"id": "urn:uuid:1"}'
        out = io.BytesIO()
        opened.save(out)
    assert texts_in(out.getvalue()) == ['{"id": "urn:uuid:1"}', CODE]


def test_a_badge_carries_its_credential_in_the_picture() -> None:
    kept, told = io.BytesIO(), PngInfo()
    told.add_itxt("openbadgecredential", '{"id": "urn:uuid:1"}')
    Image.new("RGB", (200, 200), "white").save(kept, "PNG", pnginfo=told)
    assert texts_in(kept.getvalue()) == ['{"id": "urn:uuid:1"}']


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (photo()[:700], "corrupt"),
        (pdf(encryption=pikepdf.Encryption(owner="o", user="u")), "encrypted"),
        (b"hello", "unknown_type"),
    ],
)
def test_what_cannot_be_looked_through_is_refused_by_name(content: bytes, code: str) -> None:
    with pytest.raises(Unacceptable) as refused:
        texts_in(content)
    assert refused.value.code == code


def test_nothing_is_found_where_nothing_is() -> None:
    assert texts_in(photo()) == []
