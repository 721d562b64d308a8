"""The papers of the demonstration: a dozen made-up documents, photos and PDFs, made once and given again and again.

Each says that it is a specimen. Nobody's name, number or face stands on one.
"""

import io
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import typst
from PIL import Image

_SOURCE = resources.files(__package__).joinpath("papers.typ").read_bytes()
_SPECIMEN = "Specimen. Made up for the demonstration."
#: The desk on which a paper is photographed, and by how many degrees it lies askew.
_DESK, _ASKEW = "#6b5b4b", 1.6


@dataclass(frozen=True)
class Paper:
    """A file as a person gives it."""

    name: str
    content: bytes


@cache
def paper(kind: str, *, again: bool = False) -> Paper:
    """The paper that is given for this kind of document; `again` for the better one that follows a request."""
    shape, ending, told = _PAPERS[kind]
    given: dict[str, Any] = {"issuer": "", "lines": [], "body": [], **told, "shape": shape}
    given["footer"] = f"{_SPECIMEN} Second copy." if again else _SPECIMEN
    content = _pdf(given) if ending == "pdf" else _photo(given, ending, askew=0 if again else _ASKEW)
    return Paper(f"{kind.replace('_', '-')}{'-2' if again else ''}.{ending}", content)


def _pdf(told: dict[str, Any]) -> bytes:
    return typst.compile(
        _SOURCE, format="pdf", sys_inputs={"told": json.dumps(told)}, ignore_system_fonts=True, timestamp=0
    )


def _photo(told: dict[str, Any], ending: str, *, askew: float) -> bytes:
    """The paper's first page as a phone would take it: on a desk, not quite straight."""
    drawn = typst.compile(
        _SOURCE, format="png", ppi=110, sys_inputs={"told": json.dumps(told)}, ignore_system_fonts=True
    )
    page = Image.open(io.BytesIO(drawn)).convert("RGB")
    desk = Image.new("RGB", (page.width + 120, page.height + 120), _DESK)
    desk.paste(page, (60, 60))
    kept = io.BytesIO()
    desk.rotate(askew, resample=Image.Resampling.BILINEAR, fillcolor=_DESK).save(
        kept, "PNG" if ending == "png" else "JPEG"
    )
    return kept.getvalue()


def _letter(writer: str, about: str) -> tuple[str, str, dict[str, Any]]:
    body = [
        "To the certifying body:",
        about,
        "The work was peer support: listening, sharing lived experience where it helped, planning next steps together, "
        "and going along to appointments and offices.",
        f"Signed by {writer}.",
    ]
    return "sheet", "pdf", {"issuer": "Harbor Wellness Center", "title": "Letter of recommendation", "body": body}


#: By kind of document: its shape, the ending of its file, and what it says.
_PAPERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "photo_id": ("card", "jpg", {
        "title": "Identification card",
        "lines": [["Name", "Specimen"], ["Born", "See the case"], ["Expires", "01/01/2030"], ["Number", "X0000000"]],
    }),
    "education": ("diploma", "jpg", {
        "issuer": "Central Valley Adult School", "title": "High School Diploma",
        "body": ["The course of study prescribed for graduation was completed."], "lines": [["Awarded", "June 10"]],
    }),
    "training_certificate": ("diploma", "png", {
        "issuer": "Medi-Cal peer support training", "title": "Certificate of Completion",
        "body": ["Core training, all 17 competencies."], "lines": [["Hours", "80"]],
    }),
    "other_certificate": ("diploma", "jpg", {
        "issuer": "State certification board", "title": "Peer Support Specialist",
        "body": ["This certificate is current and in good standing."],
        "lines": [["Number", "OR-1234"], ["Issued", "06/01/2024"], ["Expires", "06/01/2027"]],
    }),
    "employment_verification": ("sheet", "pdf", {
        "issuer": "Harbor Wellness Center", "title": "Employment verification",
        "lines": [["Role", "Peer support specialist"], ["Hours a week", "32"], ["Paid", "Yes"]],
        "body": ["The person named in the application works here as stated. Signed by Jo Bell, supervisor."],
    }),
    "continuing_education": ("sheet", "pdf", {
        "issuer": "Harbor Learning", "title": "Continuing education",
        "lines": [["Group facilitation", "14 hours"]],
        "body": ["Attended in full.", "", "Law and ethics: 6 hours, attended in full."],
    }),
    "letter_supervisor": _letter("Jo Bell, supervisor", "I have supervised this person for more than a year."),
    "letter_colleague": _letter("Kai Moss, colleague", "I have worked beside this person for more than a year."),
    "letter_self": _letter("the applicant", "This is how I see my own role and duties."),
    "military_orders": ("sheet", "pdf", {
        "issuer": "Department of the Army", "title": "Permanent change of station orders",
        "lines": [["To", "California"], ["From", "01/01/2026"], ["Until", "01/01/2028"]],
        "body": ["The service member and dependents are assigned as stated above."],
    }),
    "accommodation_form": ("sheet", "pdf", {
        "issuer": "Licensed medical provider", "title": "Exam accommodation form",
        "lines": [["Extra time", "Half as much again"], ["Separate room", "Yes"]],
        "body": ["Both are needed to take the exam on equal terms. Each item is initialed."],
    }),
    "answer": ("sheet", "jpg", {
        "issuer": "", "title": "What was asked for", "body": ["The page that was missing is given here."],
    }),
}  # fmt: skip
