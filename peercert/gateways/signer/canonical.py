"""The canonical form (RDFC-1.0 N-Quads) of the documents that we sign, made directly from their own shapes.

A shape says, term by term, what the official contexts make of it. A document is walked once and whatever does not fit
is refused, so nothing can stand in a document without standing in its signature. Every node has an id except at most
one, so the canonical form is the sorted lines and the one blank node is `_:c14n0`. PyLD and jsonld.js with the official
contexts judge the result in tests/gateways.
"""

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from peercert.gateways.signer.terms import BADGES, BADGES_XSD, OB, SCHEMA, SECURITY, STATUS, V2, VC, XSD

_RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_BLANK = "_:c14n0"

#: Absolute, plain ASCII: a relative one would fall out of the signature, and N-Quads escapes none of these letters.
_IRI = re.compile(r"(?:https?|did|urn):[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]+")
#: Control characters, lone surrogates and what is no character at all (the last two of every plane, and some).
_UNSIGNABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_MULTIBASE = re.compile(r"u[A-Za-z0-9_-]+")
_INDEX = re.compile(r"0|[1-9][0-9]{0,11}")
#: Values that orjson would write as a text of its own are refused, not translated.
_AS_IT_IS = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS


class CannotSign(ValueError):
    """A document that is not of a shape we sign: `where` is the path in it, `why` one of these.

    unknown_context, unknown_term, term_missing, wrong_type, wrong_value, not_absolute, unsignable_character, same_id
    """

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where or 'the document'}: {why}")
        self.where, self.why = where, why


class _Walk:
    """One walk over a document: its lines so far, and the subjects, since two nodes of one id would be one."""

    __slots__ = ("block", "lines", "subjects")

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.block: _Block | None = None
        self.subjects: set[str] = set()

    def enter(self, subject: str, where: str) -> None:
        if subject in self.subjects:
            raise CannotSign(where, "same_id")
        self.subjects.add(subject)


#: What a term does with its value: subject, value, path in the document, the walk.
_Term = Callable[[str, Any, str, _Walk], None]


def _iri(value: Any, where: str) -> str:
    if type(value) is not str:
        raise CannotSign(where, "wrong_type")
    if not _IRI.fullmatch(value):
        raise CannotSign(where, "not_absolute")
    return value


def _literal(value: Any, where: str) -> str:
    if type(value) is not str:
        raise CannotSign(where, "wrong_type")
    if not value.isprintable() and _UNSIGNABLE.search(value):
        raise CannotSign(where, "unsignable_character")
    if "\\" in value or '"' in value:
        return value.replace("\\", "\\\\").replace('"', '\\"')
    return value


def _text(predicate: str, pattern: re.Pattern[str] | None = None, datatype: str = "") -> _Term:
    start, end = f' <{predicate}> "', f'"^^<{datatype}> .\n' if datatype else '" .\n'

    def term(subject: str, value: Any, where: str, walk: _Walk) -> None:
        walk.lines.append(subject + start + _literal(value, where) + end)
        if pattern is not None and not pattern.fullmatch(value):
            raise CannotSign(where, "wrong_value")

    return term


def _only(predicate: str, value: Any, written: str) -> _Term:
    """A term that has the same value in every document of ours, written so."""
    line = f" <{predicate}> {written} .\n"

    def term(subject: str, given: Any, where: str, walk: _Walk) -> None:
        if type(given) is not type(value) or given != value:
            raise CannotSign(where, "wrong_value")
        walk.lines.append(subject + line)

    return term


def _whole_number(predicate: str) -> _Term:
    def term(subject: str, value: Any, where: str, walk: _Walk) -> None:
        if type(value) is not int or not 0 <= value < 10**12:
            raise CannotSign(where, "wrong_value")
        walk.lines.append(f'{subject} <{predicate}> "{value}"^^<{XSD}integer> .\n')

    return term


def _link(predicate: str) -> _Term:
    def term(subject: str, value: Any, where: str, walk: _Walk) -> None:
        walk.lines.append(f"{subject} <{predicate}> <{_iri(value, where)}> .\n")

    return term


def _address(predicate: str) -> _Term:
    """An address that the context makes a text of type anyURI."""

    def term(subject: str, value: Any, where: str, walk: _Walk) -> None:
        walk.lines.append(f'{subject} <{predicate}> "{_iri(value, where)}"^^<{BADGES_XSD}anyURI> .\n')

    return term


def _contexts(*expected: str) -> _Term:
    """The contexts say what the terms mean; none of them is a line."""
    wanted = list(expected)

    def term(subject: str, value: Any, where: str, walk: _Walk) -> None:
        if type(value) is not list or value != wanted:
            raise CannotSign(where, "unknown_context")

    return term


class _Shape:
    """A kind of node: its type as written and as meant, its terms, and whether it has an id or is the blank node."""

    def __init__(
        self, type_: Any, types: tuple[str, ...], terms: dict[str, _Term], *, optional: str = "", has_id: bool = True
    ) -> None:
        self.type = type_
        self.types = [f" {_RDF_TYPE} <{each}> .\n" for each in types]
        self.has_id = has_id
        self.terms = {**terms, "type": self._type} if types else terms
        self.needed = set(self.terms) - set(optional.split()) | ({"id"} if has_id else set())

    def _type(self, subject: str, value: Any, where: str, walk: _Walk) -> None:
        if type(value) is not type(self.type) or value != self.type:
            raise CannotSign(where, "wrong_value")
        for line in self.types:
            walk.lines.append(subject + line)

    def walk(self, node: Any, where: str, walk: _Walk) -> str:
        """Add the node's lines to the walk; answers its subject."""
        if type(node) is not dict:
            raise CannotSign(where, "wrong_type")
        if not self.needed <= node.keys():
            raise CannotSign(_inside(where, min(self.needed - node.keys())), "term_missing")
        subject = f"<{_iri(node['id'], _inside(where, 'id'))}>" if self.has_id else _BLANK
        walk.enter(subject, where)
        terms = self.terms
        for name, value in node.items():
            if name in terms:
                terms[name](subject, value, _inside(where, name), walk)
            elif name != "id" or not self.has_id:
                raise CannotSign(_inside(where, name), "unknown_term")
        return subject


def _inside(where: str, name: object) -> str:
    return f"{where}.{name}" if where else str(name)


def _node(predicate: str, shape: _Shape) -> _Term:
    def term(subject: str, value: Any, where: str, walk: _Walk) -> None:
        walk.lines.append(f"{subject} <{predicate}> {shape.walk(value, where, walk)} .\n")

    return term


def _nodes(predicate: str, shape: _Shape, *, most: int) -> _Term:
    """A list of nodes: never empty, since an empty list would leave no line."""

    def term(subject: str, value: Any, where: str, walk: _Walk) -> None:
        if type(value) is not list:
            raise CannotSign(where, "wrong_type")
        if not 0 < len(value) <= most:
            raise CannotSign(where, "wrong_value")
        for place, each in enumerate(value):
            walk.lines.append(f"{subject} <{predicate}> {shape.walk(each, f'{where}[{place}]', walk)} .\n")

    return term


_ALIGNMENT = _Shape(
    ["Alignment"],
    (f"{SCHEMA}AlignmentObject",),
    {
        "targetType": _text(f"{OB}targetType"),
        "targetCode": _text(f"{OB}targetCode"),
        "targetName": _text(f"{SCHEMA}targetName"),
        "targetUrl": _address(f"{SCHEMA}targetUrl"),
    },
)
_ACHIEVEMENT = _Shape(
    ["Achievement"],
    (f"{OB}Achievement",),
    {
        "name": _text(f"{SCHEMA}name"),
        "description": _text(f"{SCHEMA}description"),
        "achievementType": _text(f"{OB}achievementType"),
        "specialization": _text(f"{OB}specialization"),
        "criteria": _node(f"{OB}Criteria", _Shape(None, (), {"narrative": _text(f"{OB}narrative")})),
        "alignment": _nodes(f"{OB}alignment", _ALIGNMENT, most=40),
    },
    optional="specialization",
)


@dataclass(frozen=True)
class _Block:
    """An achievement walked once for the thousands of credentials that share it."""

    subject: str
    subjects: frozenset[str]
    lines: tuple[str, ...]
    text: str


@lru_cache(maxsize=64)
def _block(as_json: bytes, where: str) -> _Block:
    walk = _Walk()
    subject = _ACHIEVEMENT.walk(orjson.loads(as_json), where, walk)
    lines = sorted(walk.lines)
    return _Block(subject, frozenset(walk.subjects), tuple(lines), "".join(lines))


def _achievement(subject: str, value: Any, where: str, walk: _Walk) -> None:
    try:
        block = _block(orjson.dumps(value, option=_AS_IT_IS), where)
    except TypeError:  # no JSON: the walk says where
        _ACHIEVEMENT.walk(value, where, _Walk())
        raise CannotSign(where, "wrong_type") from None
    for each in block.subjects:
        walk.enter(each, where)
    walk.lines.append(f"{subject} <{OB}achievement> {block.subject} .\n")
    walk.block = block


_IDENTITY = _Shape(
    "IdentityObject",
    (f"{OB}IdentityObject",),
    {
        "hashed": _only(f"{OB}hashed", False, f'"false"^^<{BADGES_XSD}boolean>'),
        "identityHash": _text(f"{OB}identityHash"),
        "identityType": _only(f"{OB}identityType", "name", '"name"'),
    },
    has_id=False,
)
_CREDENTIAL = _Shape(
    ["VerifiableCredential", "OpenBadgeCredential"],
    (f"{VC}VerifiableCredential", f"{OB}OpenBadgeCredential"),
    {
        "@context": _contexts(V2, BADGES),
        "name": _text(f"{SCHEMA}name"),
        "issuer": _node(
            f"{VC}issuer",
            _Shape(["Profile"], (f"{OB}Profile",), {"name": _text(f"{SCHEMA}name"), "url": _address(f"{SCHEMA}url")}),
        ),
        "validFrom": _text(f"{VC}validFrom", _MOMENT, f"{XSD}dateTime"),
        "validUntil": _text(f"{VC}validUntil", _MOMENT, f"{XSD}dateTime"),
        # The context names a prefix here that it does not define, so the type is just this.
        "awardedDate": _text(f"{OB}awardedDate", _MOMENT, "xsd:dateTime"),
        "credentialSubject": _node(
            f"{VC}credentialSubject",
            _Shape(
                ["AchievementSubject"],
                (f"{OB}AchievementSubject",),
                {
                    "licenseNumber": _text(f"{OB}licenseNumber"),
                    "term": _text(f"{OB}term"),
                    "identifier": _nodes(f"{OB}identifier", _IDENTITY, most=1),
                    "achievement": _achievement,
                },
            ),
        ),
        "credentialStatus": _node(
            f"{VC}credentialStatus",
            _Shape(
                "BitstringStatusListEntry",
                (f"{STATUS}BitstringStatusListEntry",),
                {
                    "statusPurpose": _only(f"{STATUS}statusPurpose", "revocation", '"revocation"'),
                    "statusListIndex": _text(f"{STATUS}statusListIndex", _INDEX),
                    "statusListCredential": _link(f"{STATUS}statusListCredential"),
                },
            ),
        ),
    },
)
_STATUS_LIST = _Shape(
    ["VerifiableCredential", "BitstringStatusListCredential"],
    (f"{VC}VerifiableCredential", f"{STATUS}BitstringStatusListCredential"),
    {
        "@context": _contexts(V2),
        "issuer": _link(f"{VC}issuer"),
        "validFrom": _text(f"{VC}validFrom", _MOMENT, f"{XSD}dateTime"),
        "validUntil": _text(f"{VC}validUntil", _MOMENT, f"{XSD}dateTime"),
        "credentialSubject": _node(
            f"{VC}credentialSubject",
            _Shape(
                "BitstringStatusList",
                (f"{STATUS}BitstringStatusList",),
                {
                    "statusPurpose": _only(f"{STATUS}statusPurpose", "revocation", '"revocation"'),
                    "encodedList": _text(f"{STATUS}encodedList", _MULTIBASE, f"{SECURITY}multibase"),
                    "ttl": _whole_number(f"{STATUS}ttl"),
                },
            ),
        ),
    },
    optional="validUntil",
)
_OPTIONS = _Shape(
    "DataIntegrityProof",
    (f"{SECURITY}DataIntegrityProof",),
    {
        "cryptosuite": _only(
            f"{SECURITY}cryptosuite", "eddsa-rdfc-2022", f'"eddsa-rdfc-2022"^^<{SECURITY}cryptosuiteString>'
        ),
        "created": _text("http://purl.org/dc/terms/created", _MOMENT, f"{XSD}dateTime"),
        "verificationMethod": _link(f"{SECURITY}verificationMethod"),
        "proofPurpose": _only(f"{SECURITY}proofPurpose", "assertionMethod", f"<{SECURITY}assertionMethod>"),
    },
    has_id=False,
)


def credential(document: dict[str, Any]) -> str:
    """The canonical form of a certificate's credential without its proof. Raises CannotSign."""
    return _form(_CREDENTIAL, document)


def status_list(document: dict[str, Any]) -> str:
    """The canonical form of a status list credential without its proof. Raises CannotSign."""
    return _form(_STATUS_LIST, document)


def options(proof: dict[str, Any]) -> str:
    """The canonical form of a proof without its value, under the contexts of either document. Raises CannotSign."""
    return _form(_OPTIONS, proof)


def _form(shape: _Shape, document: dict[str, Any]) -> str:
    walk = _Walk()
    shape.walk(document, "", walk)
    lines, block = sorted(walk.lines), walk.block
    if block is None:
        return "".join(lines)
    place = bisect_left(lines, block.lines[0])
    if place < len(lines) and lines[place] < block.lines[-1]:
        return "".join(sorted([*lines, *block.lines]))
    return "".join([*lines[:place], block.text, *lines[place:]])
