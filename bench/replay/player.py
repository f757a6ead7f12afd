"""Plays exported runs until one diverges, in a process of its own: ``python -m bench.replay.player FOLDER``.

The code that plays is that of ``PYTHONPATH``, so a tree with a change in it says what the change does first. Prints JSON: how
many runs were played, and where one diverged.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main() -> int:
    """Plays the runs of a folder in their order."""
    from conclave.codec import plain
    from conclave.pack import load_pack
    from conclave.recording.code_versions import code_versions
    from conclave.recording.exported import read_export
    from conclave.replaying.play import play

    said: dict[str, Any] = {"played": 0, "others": [], "divergence": None}
    for file in sorted(Path(sys.argv[1]).glob("*.json")):
        run = read_export(file.read_bytes())
        pack = load_pack(run.run.pack)
        played = play(run, pack, code_versions(pack.folder))
        said["played"] += 1
        said["others"] = [each.part for each in played.others]
        if played.divergence is not None:
            said["divergence"] = plain(played.divergence)
            break
    sys.stdout.write(json.dumps(said) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
