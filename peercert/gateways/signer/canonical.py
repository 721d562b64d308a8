"""The canonical form (RDFC-1.0 N-Quads) of the documents that we sign, made directly from their own shapes.

A shape says, term by term, what the official contexts make of it. A document is walked once and whatever does not fit
is refused, so nothing can stand in a document without standing in its signature. Every node has an id except at most
one, so the canonical form is the sorted lines and the one blank node is `_:c14n0`. PyLD and jsonld.js with the official
contexts judge the result in tests/gateways.
"""

import hashlib
import re
import string
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from peercert.gateways.signer.terms import BADGES, BADGES_XSD, OB, SCHEMA, SECURITY, STATUS, V2, VC, XSD

_RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_BLANK = "_:c14n0"

#: Absolute, plain ASCII: a relative one would fall out of the signature, and N-Quads escapes none of these letters.
_SCHEME = re.compile(r"(?:https?|did|urn):.")
_IRI = string.ascii_letters.encode() + string.digits.encode() + b"-._~:/?#@!$&'()*+,;=%"
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

    def __init__(self, why: str, where: str = "") -> None:
        super().__init__(f"{where or 'the document'}: {why}")
        self.why, self.where = why, where

    def inside(self, name: object) -> "CannotSign":
        """The same, told from one node further out."""
        joint = "" if not self.where or self.where.startswith("[") else "."
        return CannotSign(self.why, f"{name}{joint}{self.where}")


class _Walk:
    """One walk: each node's lines, the subjects (two nodes of one id would be one), and what is set aside."""

    __slots__ = ("aside", "nodes", "subjects")

    def __init__(self) -> None:
        self.nodes: list[str] = []
        self.subjects: set[str] = set()
        self.aside: list[tuple[str, Any]] = []


#: What becomes of a term: its value and the walk in, its line out, without the subject.
_Term = Callable[[Any, _Walk], str]


class _Only(NamedTuple):
    """A term that has the same value in every document of ours, its lines, and why another value is refused."""

    value: Any
    lines: tuple[str, ...]
    why: str = "wrong_value"


class _Nodes(NamedTuple):
    """A list of nodes, a line for each: never empty, since an empty list would leave no line."""

    predicate: str
    shape: "_Shape"
    most: int

    def lines(self, nodes: Any, walk: _Walk) -> list[str]:
        if type(nodes) is not list:
            raise CannotSign("wrong_type")
        if not 0 < len(nodes) <= self.most:
            raise CannotSign("wrong_value")
        made = []
        for place, node in enumerate(nodes):
            try:
                made.append(f" <{self.predicate}> {self.shape.walk(node, walk)} .\n")
            except CannotSign as wrong:
                raise wrong.inside(f"[{place}]") from None
        return made


def _iri(value: Any) -> str:
    if type(value) is not str:
        raise CannotSign("wrong_type")
    if not value.isascii() or not _SCHEME.match(value) or value.encode().translate(None, _IRI):
        raise CannotSign("not_absolute")
    return value


def _text(predicate: str) -> _Term:
    """Any text that can be signed."""
    start = f' <{predicate}> "'

    def term(value: Any, walk: _Walk) -> str:
        if type(value) is not str:
            raise CannotSign("wrong_type")
        if not value.isprintable() and _UNSIGNABLE.search(value):
            raise CannotSign("unsignable_character")
        if "\\" in value or '"' in value:
            value = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{start}{value}" .\n'

    return term


def _formed(predicate: str, pattern: re.Pattern[str], datatype: str = "") -> _Term:
    """A text of a form that holds nothing to escape."""
    start, end = f' <{predicate}> "', f'"^^<{datatype}> .\n' if datatype else '" .\n'

    def term(value: Any, walk: _Walk) -> str:
        if type(value) is not str:
            raise CannotSign("wrong_type")
        if not pattern.fullmatch(value):
            raise CannotSign("wrong_value")
        return f"{start}{value}{end}"

    return term


def _whole_number(predicate: str) -> _Term:
    def term(value: Any, walk: _Walk) -> str:
        if type(value) is not int or not 0 <= value < 10**12:
            raise CannotSign("wrong_value")
        return f' <{predicate}> "{value}"^^<{XSD}integer> .\n'

    return term


def _link(predicate: str) -> _Term:
    def term(value: Any, walk: _Walk) -> str:
        return f" <{predicate}> <{_iri(value)}> .\n"

    return term


def _address(predicate: str) -> _Term:
    """An address that the context makes a text of type anyURI."""

    def term(value: Any, walk: _Walk) -> str:
        return f' <{predicate}> "{_iri(value)}"^^<{BADGES_XSD}anyURI> .\n'

    return term


def _only(predicate: str, value: Any, written: str) -> _Only:
    return _Only(value, (f" <{predicate}> {written} .\n",))


def _type(value: Any, *meant: str) -> _Only:
    return _Only(value, tuple(f" <{_RDF_TYPE}> <{each}> .\n" for each in meant))


def _contexts(*expected: str) -> _Only:
    """The contexts say what the terms mean; none of them is a line."""
    return _Only([*expected], (), "unknown_context")


class _Shape:
    """A kind of node: its terms, one that it may lack, and whether it has an id or is the one blank node."""

    def __init__(self, terms: dict[str, _Term | _Only | _Nodes], *, optional: str = "", has_id: bool = True) -> None:
        self.has_id = has_id
        self.known = {*terms, "id"} if has_id else {*terms}
        self.count = len(self.known)
        self.same = [(name, type(t.value), t.value, t.why) for name, t in terms.items() if isinstance(t, _Only)]
        self.same_lines = [line for term in terms.values() if isinstance(term, _Only) for line in term.lines]
        self.lists = [(name, term) for name, term in terms.items() if isinstance(term, _Nodes)]
        self.terms = [(name, term) for name, term in terms.items() if not isinstance(term, _Only | _Nodes)]
        rest = {name: term for name, term in terms.items() if name != optional}
        self.without = _Shape(rest, has_id=has_id) if optional else None

    def walk(self, node: Any, walk: _Walk) -> str:
        """Add the node's lines to the walk; answers its subject."""
        if type(node) is not dict:
            raise CannotSign("wrong_type")
        if len(node) != self.count:
            return self._other(node, walk)
        name, lines = "id", [*self.same_lines]
        try:
            subject = f"<{_iri(node[name])}>" if self.has_id else _BLANK
            for name, kind, value, why in self.same:
                if type(node[name]) is not kind or node[name] != value:
                    raise CannotSign(why)
            for name, term in self.terms:
                lines.append(term(node[name], walk))
            for name, nodes in self.lists:
                lines += nodes.lines(node[name], walk)
        except KeyError:
            return self._other(node, walk)
        except CannotSign as wrong:
            raise wrong.inside(name) from None
        if subject in walk.subjects:
            raise CannotSign("same_id")
        walk.subjects.add(subject)
        lines.sort()
        walk.nodes.append(subject + subject.join(lines))
        return subject

    def _other(self, node: dict[str, Any], walk: _Walk) -> str:
        """A node that has a term too many, or lacks one: refused, unless it may lack it."""
        if self.without is not None and node.keys() == self.without.known:
            return self.without.walk(node, walk)
        for name in node.keys() - self.known:
            raise CannotSign("unknown_term", str(name))
        needed = self.known if self.without is None else self.without.known
        raise CannotSign("term_missing", min(needed - node.keys()))


def _node(predicate: str, shape: _Shape) -> _Term:
    def term(value: Any, walk: _Walk) -> str:
        return f" <{predicate}> {shape.walk(value, walk)} .\n"

    return term


_ALIGNMENT = _Shape(
    {
        "type": _type(["Alignment"], f"{SCHEMA}AlignmentObject"),
        "targetType": _text(f"{OB}targetType"),
        "targetCode": _text(f"{OB}targetCode"),
        "targetName": _text(f"{SCHEMA}targetName"),
        "targetUrl": _address(f"{SCHEMA}targetUrl"),
    },
)
_ACHIEVEMENT = _Shape(
    {
        "type": _type(["Achievement"], f"{OB}Achievement"),
        "name": _text(f"{SCHEMA}name"),
        "description": _text(f"{SCHEMA}description"),
        "achievementType": _text(f"{OB}achievementType"),
        "specialization": _text(f"{OB}specialization"),
        "criteria": _node(f"{OB}Criteria", _Shape({"narrative": _text(f"{OB}narrative")})),
        "alignment": _Nodes(f"{OB}alignment", _ALIGNMENT, 40),
    },
    optional="specialization",
)


def _shared(predicate: str, name: str) -> _Term:
    """A node that thousands of credentials have in common is set aside here, and walked once for all of them."""

    def term(value: Any, walk: _Walk) -> str:
        if type(value) is not dict:
            raise CannotSign("wrong_type")
        walk.aside.append((name, value))
        return f" <{predicate}> <{_iri(value.get('id'))}> .\n"

    return term


class _Block(NamedTuple):
    """The nodes that are shared: their subjects, each one's lines in order, all of them, the digest so far."""

    subjects: frozenset[str]
    nodes: tuple[str, ...]
    text: str
    hashed: "hashlib._Hash"


@lru_cache(maxsize=64)
def _block(as_json: bytes) -> _Block:
    walk = _walked_aside(orjson.loads(as_json))
    nodes = sorted(walk.nodes)
    text = "".join(nodes)
    return _Block(frozenset(walk.subjects), tuple(nodes), text, hashlib.sha256(text.encode()))


def _walked_aside(aside: list[Any]) -> _Walk:
    walk = _Walk()
    for name, value in aside:
        try:
            _SHARED[name].walk(value, walk)
        except CannotSign as wrong:
            raise wrong.inside(name) from None
    return walk


_PROFILE = _Shape(
    {
        "type": _type(["Profile"], f"{OB}Profile"),
        "name": _text(f"{SCHEMA}name"),
        "url": _address(f"{SCHEMA}url"),
    }
)
_SHARED = {"issuer": _PROFILE, "credentialSubject.achievement": _ACHIEVEMENT}
_IDENTITY = _Shape(
    {
        "type": _type("IdentityObject", f"{OB}IdentityObject"),
        "hashed": _only(f"{OB}hashed", False, f'"false"^^<{BADGES_XSD}boolean>'),
        "identityHash": _text(f"{OB}identityHash"),
        "identityType": _only(f"{OB}identityType", "name", '"name"'),
    },
    has_id=False,
)
_SUBJECT = _Shape(
    {
        "type": _type(["AchievementSubject"], f"{OB}AchievementSubject"),
        "licenseNumber": _text(f"{OB}licenseNumber"),
        "term": _text(f"{OB}term"),
        "identifier": _Nodes(f"{OB}identifier", _IDENTITY, 1),
        "achievement": _shared(f"{OB}achievement", "credentialSubject.achievement"),
    }
)
_ENTRY = _Shape(
    {
        "type": _type("BitstringStatusListEntry", f"{STATUS}BitstringStatusListEntry"),
        "statusPurpose": _only(f"{STATUS}statusPurpose", "revocation", '"revocation"'),
        "statusListIndex": _formed(f"{STATUS}statusListIndex", _INDEX),
        "statusListCredential": _link(f"{STATUS}statusListCredential"),
    }
)
_EVIDENCE = _Shape(
    {
        "type": _type(["Evidence"], f"{OB}Evidence"),
        "name": _text(f"{SCHEMA}name"),
    }
)
_CREDENTIAL = _Shape(
    {
        "@context": _contexts(V2, BADGES),
        "type": _type(
            ["VerifiableCredential", "OpenBadgeCredential"], f"{VC}VerifiableCredential", f"{OB}OpenBadgeCredential"
        ),
        "name": _text(f"{SCHEMA}name"),
        "issuer": _shared(f"{VC}issuer", "issuer"),
        "validFrom": _formed(f"{VC}validFrom", _MOMENT, f"{XSD}dateTime"),
        "validUntil": _formed(f"{VC}validUntil", _MOMENT, f"{XSD}dateTime"),
        # The context names a prefix here that it does not define, so the type is just this.
        "awardedDate": _formed(f"{OB}awardedDate", _MOMENT, "xsd:dateTime"),
        "credentialSubject": _node(f"{VC}credentialSubject", _SUBJECT),
        "credentialStatus": _node(f"{VC}credentialStatus", _ENTRY),
        "evidence": _Nodes(f"{VC}evidence", _EVIDENCE, 1),
    }
)
_LIST = _Shape(
    {
        "type": _type("BitstringStatusList", f"{STATUS}BitstringStatusList"),
        "statusPurpose": _only(f"{STATUS}statusPurpose", "revocation", '"revocation"'),
        "encodedList": _formed(f"{STATUS}encodedList", _MULTIBASE, f"{SECURITY}multibase"),
        "ttl": _whole_number(f"{STATUS}ttl"),
    }
)
_STATUS_LIST = _Shape(
    {
        "@context": _contexts(V2),
        "type": _type(
            ["VerifiableCredential", "BitstringStatusListCredential"],
            f"{VC}VerifiableCredential",
            f"{STATUS}BitstringStatusListCredential",
        ),
        "issuer": _link(f"{VC}issuer"),
        "validFrom": _formed(f"{VC}validFrom", _MOMENT, f"{XSD}dateTime"),
        "validUntil": _formed(f"{VC}validUntil", _MOMENT, f"{XSD}dateTime"),
        "credentialSubject": _node(f"{VC}credentialSubject", _LIST),
    }
)
_SUITE = "eddsa-rdfc-2022"
_OPTIONS = _Shape(
    {
        "type": _type("DataIntegrityProof", f"{SECURITY}DataIntegrityProof"),
        "cryptosuite": _only(f"{SECURITY}cryptosuite", _SUITE, f'"{_SUITE}"^^<{SECURITY}cryptosuiteString>'),
        "created": _formed("http://purl.org/dc/terms/created", _MOMENT, f"{XSD}dateTime"),
        "verificationMethod": _link(f"{SECURITY}verificationMethod"),
        "proofPurpose": _only(f"{SECURITY}proofPurpose", "assertionMethod", f"<{SECURITY}assertionMethod>"),
    },
    has_id=False,
)


class Form(NamedTuple):
    """A canonical form, and its SHA-256 without hashing again what is shared."""

    block: _Block | None
    rest: str

    @property
    def text(self) -> str:
        """The sorted N-Quads."""
        return self.rest if self.block is None else self.block.text + self.rest

    def sha256(self) -> bytes:
        """The digest of the text in UTF-8."""
        found = hashlib.sha256() if self.block is None else self.block.hashed.copy()
        found.update(self.rest.encode())
        return found.digest()


def credential(document: dict[str, Any]) -> Form:
    """The canonical form of a certificate's credential without its proof. Raises CannotSign."""
    return _form(_CREDENTIAL, document)


def status_list(document: dict[str, Any]) -> Form:
    """The canonical form of a status list credential without its proof. Raises CannotSign."""
    return _form(_STATUS_LIST, document)


def options(proof: dict[str, Any]) -> Form:
    """The canonical form of a proof without its value, under the contexts of either document. Raises CannotSign."""
    return _form(_OPTIONS, proof)


def _form(shape: _Shape, document: dict[str, Any]) -> Form:
    walk = _Walk()
    shape.walk(document, walk)
    nodes = sorted(walk.nodes)
    if not walk.aside:
        return Form(None, "".join(nodes))
    try:
        block = _block(orjson.dumps(walk.aside, option=_AS_IT_IS))
    except TypeError:  # no JSON: the walk says where
        _walked_aside(walk.aside)
        raise CannotSign("wrong_type") from None
    if not block.subjects.isdisjoint(walk.subjects):
        raise CannotSign("same_id", min(block.subjects & walk.subjects))
    if block.nodes[-1] < nodes[0]:
        return Form(block, "".join(nodes))
    return Form(None, "".join(sorted([*nodes, *block.nodes])))
