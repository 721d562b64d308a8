"""Writes the pages that are drawn from tables in the code: `python -m tests.house.draw`."""

import os

import django


def main() -> None:
    """Write every drawn page into docs/."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from tests.house.drawn import DOCS, DRAWN

    for name, draw in DRAWN.items():
        (DOCS / name).write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
