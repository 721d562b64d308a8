"""Explains a credential: every step that holds, fails or cannot be judged, whatever it is given.

Nothing a stranger hands in raises, takes long or grows large here; nothing is fetched except the status list that a
signature of ours names.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from peercert.gateways.signer import achievement, canonical, did, inclusion, jwt, proof, status
from peercert.gateways.signer.keys import PublicKey
from peercert.gateways.signer.strict import NotJson, read, text_of

#: What may be shown of a number that nothing has proven.
_NUMBER = re.compile(r"[A-Za-z0-9-]{1,20}", re.ASCII)

#: The steps, in the order in which a person would check them. Every verdict has all of them.
STEPS = ("readable", "shape", "issuer", "key", "signature", "log", "dates", "status")


@dataclass(frozen=True)
class Step:
    """One step of a verdict: `holds` is True, False, or None where it could not be judged; `code` says how it came out.

    readable   read_as_json, read_as_jwt · too_large, not_json, key_twice, not_a_jwt, not_a_credential
    shape      shape_known · not_signed, unknown_context {where}, unknown_term {where}, wrong_value {where, why}
    issuer     issuer_ours {ours} · issuer_other {ours, theirs}, issuer_missing
    key        key_known {kid} · key_unknown {kid}, key_of_another {kid}
    signature  signature_holds · signature_fails
    log        in_the_log {position, size} · not_in_the_log · (None) log_key_unknown
    dates      dates_hold {valid_from, valid_until} · not_yet_valid, expired {the same}, dates_unreadable
    status     still_current · no_longer_current · (None) status_not_fetched, status_not_believed {why}
    any        (None) not_judged: an earlier step leaves nothing to judge

    Values are texts that can be shown (cut short, no control characters), or moments.
    """

    step: str
    code: str
    holds: bool | None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """All steps, and what the credential says.

    `says` is filled only where our signature holds: uuid, number, name, issued_on, first_day, last_day, valid_from,
    valid_until, areas. `number` is the certificate number that stands in it, proven or not, so that a reader can look
    it up; blank where there is none.
    """

    steps: tuple[Step, ...]
    says: Mapping[str, Any] = field(default_factory=dict)
    number: str = ""

    def __getitem__(self, step: str) -> Step:
        return next(one for one in self.steps if one.step == step)

    @property
    def is_genuine(self) -> bool:
        """Signed by us and unchanged, whatever has become of it since."""
        return all(self[step].holds for step in ("readable", "shape", "issuer", "key", "signature"))

    @property
    def holds(self) -> bool | None:
        """False where a step fails, None where one could not be judged, True where every step holds."""
        found = [step.holds for step in self.steps]
        return False if False in found else None if None in found else True


def explain(
    document: bytes | str | dict[str, Any],
    *,
    issuer: str,
    resolve_key: Callable[[str], PublicKey | None],
    fetch_status: Callable[[str], bytes | dict[str, Any] | None],
    log_keys: Iterable[PublicKey] = (),
    at: datetime,
) -> Verdict:
    """Judge a credential as a file's bytes, as text (JSON or VC-JWT) or as parsed JSON, at the moment `at`.

    `issuer` is our own DID; `resolve_key` is asked for an absolute key id (`did:web:HOST#KID`) and answers our key for
    credentials of that name, or None; `fetch_status` is asked for a status list's address, once, only where our
    signature over that address holds, and answers None where it cannot be had. `log_keys` are those that sign the heads
    of our log.
    """
    assert at.tzinfo is not None
    try:
        given = _read(document)
    except NotJson as wrong:
        return Verdict((Step("readable", wrong.code, False), *map(_not_judged, STEPS[1:])))
    shape, claim = _shape(given)
    ours = _issuer(given.document, issuer)
    known, key = _key(given.method, issuer, resolve_key) if ours.holds else (_not_judged("key"), None)
    signature = _signature(claim, key)
    dates = _dates(given.document, at)
    logged, standing, says = _not_judged("log"), _not_judged("status"), {}
    if signature.holds:
        logged = _logged(given.document, issuer, log_keys)
        says = achievement.said_by(given.document)
        standing = _status(given.document, issuer, resolve_key, fetch_status, at)
    readable = Step("readable", "read_as_json" if given.token is None else "read_as_jwt", True)
    return Verdict((readable, shape, ours, known, signature, logged, dates, standing), says, _number(given.document))


@dataclass(frozen=True)
class _Given:
    """What was handed in, read but not believed: the document, the key it names, and the token it may have come in."""

    document: dict[str, Any]
    method: Any
    token: jwt.Token | None = None


def _read(given: object) -> _Given:
    if isinstance(given, bytes | str):
        text = text_of(given)
        if not text.startswith(("{", "[")):
            token = jwt.taken_apart(text)
            return _Given(jwt.document_of(token), token.header.get("kid"), token)
        given = read(text)
    if type(given) is not dict:
        raise NotJson("not_a_credential")
    options = given.get("proof")
    return _Given(given, options.get("verificationMethod") if type(options) is dict else None)


def _shape(given: _Given) -> tuple[Step, proof.Claim | None]:
    try:
        claim = (
            proof.claim(given.document, form=canonical.credential) if given.token is None else jwt.claim(given.token)
        )
        achievement.said_by(given.document)
    except canonical.CannotSign as wrong:
        if (wrong.where, wrong.why) == ("proof", "term_missing"):
            return Step("shape", "not_signed", False), None
        code = wrong.why if wrong.why in ("unknown_context", "unknown_term") else "wrong_value"
        return Step("shape", code, False, {"where": _told(wrong.where), "why": wrong.why}), None
    except ValueError as wrong:
        return Step("shape", "wrong_value", False, {"where": "", "why": _told(str(wrong))}), None
    return Step("shape", "shape_known", True), claim


def _issuer(document: dict[str, Any], ours: str) -> Step:
    theirs = document.get("issuer")
    if type(theirs) is dict:
        theirs = theirs.get("id")
    if type(theirs) is not str:
        return Step("issuer", "issuer_missing", False)
    if theirs != ours:
        return Step("issuer", "issuer_other", False, {"ours": ours, "theirs": _told(theirs)})
    return Step("issuer", "issuer_ours", True, {"ours": ours})


def _key(method: Any, issuer: str, resolve_key: Callable[[str], PublicKey | None]) -> tuple[Step, PublicKey | None]:
    if type(method) is not str:
        return _not_judged("key"), None
    if not method.startswith(f"{issuer}#"):
        return Step("key", "key_of_another", False, {"kid": _told(method)}), None
    key = resolve_key(method)
    if key is None:
        return Step("key", "key_unknown", False, {"kid": _told(method)}), None
    return Step("key", "key_known", True, {"kid": _told(method)}), key


def _signature(claim: proof.Claim | None, key: PublicKey | None) -> Step:
    if claim is None or key is None:
        return _not_judged("signature")
    return (
        Step("signature", "signature_holds", True) if claim.holds(key) else Step("signature", "signature_fails", False)
    )


def _logged(document: dict[str, Any], issuer: str, keys: Iterable[PublicKey]) -> Step:
    """Whether what was signed also stands where nobody can take it back unseen: this, and not somebody else's."""
    try:
        found = inclusion.carried_by(document["evidence"][0]["id"])
    except inclusion.NotAProof:
        return Step("log", "not_in_the_log", False)
    if not found.leads_to_its_head() or not achievement.is_said_by(document, found.says):
        return Step("log", "not_in_the_log", False)
    if not found.is_signed_by(inclusion.log_of(did.host_of(issuer)), keys):
        return Step("log", "log_key_unknown", None)
    return Step("log", "in_the_log", True, {"position": found.position + 1, "size": found.size})


def _dates(document: dict[str, Any], at: datetime) -> Step:
    try:
        first, last = (datetime.fromisoformat(document[name]) for name in ("validFrom", "validUntil"))
        values = {"valid_from": first, "valid_until": last}
        if at < first:
            return Step("dates", "not_yet_valid", False, values)
        if last < at:
            return Step("dates", "expired", False, values)
    except (KeyError, TypeError, ValueError):
        return Step("dates", "dates_unreadable", False)
    return Step("dates", "dates_hold", True, values)


def _status(
    document: dict[str, Any],
    issuer: str,
    resolve_key: Callable[[str], PublicKey | None],
    fetch_status: Callable[[str], bytes | dict[str, Any] | None],
    at: datetime,
) -> Step:
    """A status that cannot be had, or not be believed, is not good news: it holds None."""
    entry = document["credentialStatus"]
    address = entry["statusListCredential"]
    try:
        fetched = fetch_status(address)
    except OSError:
        fetched = None
    if fetched is None:
        return Step("status", "status_not_fetched", None)
    try:
        bits = _believed(fetched, address, issuer, resolve_key, at)
        is_set = status.is_set(bits, int(entry["statusListIndex"]))
    except (ValueError, IndexError) as wrong:
        return Step("status", "status_not_believed", None, {"why": _told(str(wrong))})
    return Step("status", "no_longer_current", False) if is_set else Step("status", "still_current", True)


def _believed(
    fetched: bytes | dict[str, Any],
    address: str,
    issuer: str,
    resolve_key: Callable[[str], PublicKey | None],
    at: datetime,
) -> bytes:
    """The bits of a status list that is what it should be: ours, of this address, signed and of today. ValueError."""
    given = _read(fetched)
    claim = proof.claim(given.document, form=canonical.status_list)
    _, key = _key(claim.method, issuer, resolve_key)
    if key is None or not claim.holds(key):
        raise ValueError("signature")
    if (given.document["id"], given.document["issuer"]) != (address, issuer):
        raise ValueError("another list")
    if not _dates(given.document, at).holds:
        raise ValueError("dates")
    return status.decode(given.document["credentialSubject"]["encodedList"])


def _number(document: dict[str, Any]) -> str:
    subject = document.get("credentialSubject")
    number = subject.get("licenseNumber") if type(subject) is dict else None
    return number if type(number) is str and _NUMBER.fullmatch(number) else ""


def _not_judged(step: str) -> Step:
    return Step(step, "not_judged", None)


def _told(text: str) -> str:
    """A stranger's text as it can be shown: cut short, nothing in it that is not printable."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text[:200])
