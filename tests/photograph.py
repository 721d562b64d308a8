"""Paper as a phone sees it: turned, seen from the side, half in shadow, not sharp, grainy, and saved as a poor JPEG."""

import io

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

_TABLE = 150


def photographed(paper: Image.Image, *, dpi: int, turn: float, lean: float = 0.3, blur: float = 1.0) -> bytes:
    """A photo of paper that was rendered at 300 dpi, so taken that an inch of it has `dpi` pixels.

    `lean` is how much smaller the far side looks; `blur` is in pixels. 12 megapixels show a whole page at 300 dpi.
    """
    small = paper.convert("L").resize([side * dpi // 300 for side in paper.size], Image.Resampling.LANCZOS)
    turned = small.rotate(turn, Image.Resampling.BICUBIC, expand=True, fillcolor=_TABLE)
    seen = _from_the_side(ImageOps.expand(turned, max(turned.size) // 8, fill=_TABLE), lean)
    lit = ImageChops.multiply(ImageChops.multiply(seen, _daylight(seen.size)), _shadow(seen.size))
    grain = Image.effect_noise(seen.size, 8)
    found = ImageChops.add(lit.filter(ImageFilter.GaussianBlur(blur)), grain, offset=-128)
    kept = io.BytesIO()
    found.save(kept, "JPEG", quality=60)
    return kept.getvalue()


def _from_the_side(image: Image.Image, lean: float) -> Image.Image:
    """Seen from one side and a little from above, about the middle of the picture."""
    (width, height), (x, y) = image.size, (image.width / 2, image.height / 2)
    across, down, slip = lean / width, -lean / height / 2, lean / 6
    whole = 1 - across * x - down * y
    rows = [(1 + x * across, slip + x * down, -x - slip * y + x * whole),
            (y * across - slip, 1 + y * down, -y + slip * x + y * whole)]  # fmt: skip
    numbers = [number / whole for number in (*rows[0], *rows[1], across, down)]
    return image.transform(image.size, Image.Transform.PERSPECTIVE, numbers, Image.Resampling.BICUBIC, fillcolor=_TABLE)


def _daylight(size: tuple[int, int]) -> Image.Image:
    return Image.linear_gradient("L").resize(size).point([110 + value * 145 // 255 for value in range(256)])


def _shadow(size: tuple[int, int]) -> Image.Image:
    shadow = Image.new("L", size, 255)
    ImageDraw.Draw(shadow).ellipse((size[0] * 0.45, size[1] * 0.4, size[0] * 1.3, size[1] * 1.3), fill=140)
    return shadow.filter(ImageFilter.GaussianBlur(size[0] / 30))
