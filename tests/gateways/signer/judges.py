"""Other people's software, asked about a whole batch at once: one node process for npm's, this process for PyPI's."""

import json
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openbadgeslib.ob3.ldp import OB3LdpVerifier
from openbadgeslib.ob3.verifier import OB3VerificationError, OB3Verifier
from openvc import VerificationPolicy, verify_credential
from openvc.did.base import DidResolutionError, DidResolverRegistry
from openvc.did.did_web import DidWebResolver
from openvc.errors import OpenvcError
from openvc.resolvers import default_status_list_resolver

from tests.cluster import PATIENCE
from tests.gateways.signer import samples

JUDGES = Path(__file__).parents[2] / "judges"


def node(script: str, given: Any) -> Any:
    """What a script beside the judges answers, JSON in and JSON out."""
    done = subprocess.run(
        ["node", script],
        cwd=JUDGES,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def openbadgeslib(credential: dict[str, Any] | str, documents: dict[str, Any]) -> str:
    """What openbadgeslib has against a credential or a token; blank where it accepts it.

    It reads the bit of a status list, but can verify only lists that are JWTs; ours is verified by the others.
    """
    how: dict[str, Any] = {"check_status": True, "verify_status_list": False, "download": _download(documents)}
    try:
        if isinstance(credential, str):
            OB3Verifier.for_issuer_did(samples.DID, download=_download(documents)).verify(credential, **how)
        else:
            OB3LdpVerifier.for_issuer_did(samples.DID).verify(credential, **how)
    except OB3VerificationError as refused:
        return str(refused)
    return ""


def openvc(credential: dict[str, Any], documents: dict[str, Any]) -> str:
    """What openvc-core has against a credential, its status list verified too; blank where it accepts it."""

    def fetch(url: str) -> Any:
        if url not in documents:
            raise DidResolutionError(url)  # as its own fetch does
        return documents[url]

    resolver = DidResolverRegistry([DidWebResolver(fetch)])
    statuses = default_status_list_resolver(
        resolver=resolver, fetch=lambda url: json.dumps(fetch(url)), expected_issuer=samples.DID
    )
    policy = VerificationPolicy(expected_types=["OpenBadgeCredential"], require_status_issuer_binding=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            verify_credential(credential, policy=policy, resolver=resolver, resolve_status_list=statuses,
                              extra_contexts=samples.CONTEXTS)  # fmt: skip
    except OpenvcError as refused:
        return f"{type(refused).__name__}: {refused}"
    return ""


def _download(documents: dict[str, Any]) -> Callable[..., bytes]:
    def download(url: str, *_: object, **__: object) -> bytes:
        return json.dumps(documents[url]).encode()

    return download
