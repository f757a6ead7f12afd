"""The checkout that the command runs from."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The project's folder: the command runs from the checkout that it was installed from."""
