"""Runs the page server: ``python -m local.console.start --root /path/to/checkout``; ports come from the environment."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from local.cloud import Cloud
from local.console.pages import application
from local.console.upstream import SignedApi
from local.settings import LOOPBACK

FIRST_PACK = "airline"


def main(arguments: Sequence[str] | None = None) -> None:
    """Serves on the loopback interface until told to end."""
    parser = argparse.ArgumentParser(description="The console of a local cloud")
    parser.add_argument("--root", type=Path, required=True, help="the project's folder")
    options = parser.parse_args(arguments)
    cloud = Cloud(options.root)
    port = cloud.settings.console_port
    hosts = [f"{name}:{port}" for name in (LOOPBACK, "localhost")]
    app = application(cloud.settings.root / "console", SignedApi(cloud, FIRST_PACK), hosts)
    uvicorn.run(app, host=LOOPBACK, port=port, log_level="info", access_log=False, timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main()
