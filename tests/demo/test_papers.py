"""The demo's papers: one for every kind of document, each a file that passes, none of anybody's."""

import pytest

from peercert.demo.papers import paper
from peercert.gateways.sanitise import sanitise
from peercert.program.casework.models import DOCUMENT_KINDS


@pytest.mark.parametrize("kind", [kind for kind, _words in DOCUMENT_KINDS])
def test_every_kind_of_document_has_a_paper_that_passes(kind: str) -> None:
    assert sanitise(paper(kind).content, most_pages=3)
    assert paper(kind).content != paper(kind, again=True).content
