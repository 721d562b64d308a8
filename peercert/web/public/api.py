"""The page for developers: how to begin with the API, with examples that a test runs, and what each code means."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from peercert import words
from peercert.web.doors import public
from peercert.web.ui.templatetags.ui import reader

#: Entries of words/problems.toml that are sentences of answers, not problems.
_NO_PROBLEMS = frozenset({"certified_then", "not_certified_then", "issuer", "refused"})


@dataclass(frozen=True)
class Example:
    """One request and its answer."""

    code: str
    method: str
    path: str
    key: bool
    answer: str
    content_type: str = ""
    accept: str = ""
    body: str = ""
    status: int = 200

    @property
    def curl(self) -> str:
        """The request as people type it."""
        parts = [f"curl {settings.ENVIRONMENT.origin}{self.path}"]
        if self.key:
            parts.append('-H "Authorization: Bearer $KEY"')
        parts += [f'-H "{name}: {said}"' for name, said in self.headers.items()]
        if self.body:
            parts.append(f"--data-binary '{self.body.rstrip()}'")
        return " \\\n  ".join(parts)

    @property
    def headers(self) -> dict[str, str]:
        """What is sent beside the key."""
        said = {"Content-Type": self.content_type, "Accept": self.accept}
        return {name: value for name, value in said.items() if value}


@cache
def examples() -> list[Example]:
    """The examples, as they lie beside this page."""
    text = Path(__file__).with_name("api_examples.toml").read_text("utf-8")
    return [Example(**entry) for entry in tomllib.loads(text)["example"]]


@public
@require_safe
def api(request: HttpRequest) -> HttpResponse:
    """Words, examples and codes: nothing is asked here."""
    titles = {
        "verify": _("Verify one certificate"),
        "mistyped": _("A number with a typing mistake"),
        "file": _("Verify many in one file"),
        "receipt": _("A signed answer about a day"),
        "nobody": _("A signed answer that nobody has this number"),
        "holder": _("A holder as a FHIR resource"),
        "changes": _("What changed for those on your roster"),
    }
    codes = [code for code in words.catalogue("problems") if code not in _NO_PROBLEMS]
    values = {"scope": "…", "most": "…"}
    context = {
        "examples": [(titles[one.code], one) for one in examples()],
        "codes": [(code, words.fill("problems", code, values, reader())) for code in codes],
        "origin": settings.ENVIRONMENT.origin,
    }
    return render(request, "public/api.html", context)
