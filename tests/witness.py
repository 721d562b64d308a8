"""The witness of docs/witness.py, as a module: what an outsider runs also judges our proofs."""

import importlib.util

from tests.cluster import ROOT

SCRIPT = ROOT / "docs/witness.py"
_spec = importlib.util.spec_from_file_location("witness", SCRIPT)
assert _spec is not None
assert _spec.loader is not None
witness = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(witness)
