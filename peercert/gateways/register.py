"""What an issuer's register says of a certificate today, for whoever verifies elsewhere: proven by its public log."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import quote, urlsplit

from peercert.gateways import fetch
from peercert.gateways.signer.inclusion import Inclusion, log_of
from peercert.gateways.signer.keys import PublicKey
from peercert.gateways.signer.verify import Step


def standing(number: str, *, origin: str, log_keys: Iterable[PublicKey], today: date) -> Step:
    """Where it stands, as a last step for a printed code, which cannot say what happened since:

    register_in_force {name, last_on} · register_over {the same}, register_not_in_force {standing}
    (None) status_not_believed {why}

    Raises fetch.CannotFetch.
    """
    content = fetch.fetched(f"{origin}/log/proof/{quote(number)}", origin=origin)
    try:
        told = _proven(json.loads(content), log_of(urlsplit(origin).netloc), log_keys)
        if told["certificate"] != number:
            raise ValueError("another certificate")
        if told["standing"] != "in_force":
            return Step("status", "register_not_in_force", False, {"standing": ("standing", str(told["standing"]))})
        last_on = date.fromisoformat(told["last_on"])
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as wrong:
        return Step("status", "status_not_believed", None, {"why": str(wrong)[:200]})
    code, holds = ("register_in_force", True) if today <= last_on else ("register_over", False)
    return Step("status", code, holds, {"name": str(told["name"]), "last_on": last_on})


def _proven(proof: dict[str, Any], log: str, keys: Iterable[PublicKey]) -> dict[str, Any]:
    """What a proof says (docs/log.md), if it stands in the tree of a head that the log signed. ValueError."""
    says, salt, sealed = proof["says"], bytes.fromhex(proof["salt"]), bytes.fromhex(proof["sealed"])
    path = tuple(bytes.fromhex(one) for one in proof["path"])
    found = Inclusion(salt + sealed + says.encode(), int(proof["position"]), path, proof["checkpoint"])
    if not (found.leads_to_its_head() and found.is_signed_by(log, keys)):
        raise ValueError("log")
    return found.says
