"""``login`` and ``logout``: a person signs in at the user pool of a stage, and commands act as that person."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.screen.format import harmless
from cli.session import JsonOption, PackOption, Session, StageOption

SECONDS = 300


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    for command in (login, logout):
        app.command()(command)


def login(
    context: typer.Context,
    pages: Annotated[
        str,
        typer.Option("--pages", metavar="URL", help="Base URL of the sign-in pages of a pool that existed already."),
    ] = "",
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page, or print its URL only.")
    ] = True,
    timeout: Annotated[
        int, typer.Option("--timeout", metavar="SECONDS", min=10, max=3600, help="How long to wait for the person.")
    ] = SECONDS,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign in at the stage's user pool in a browser on this machine. Commands then act as you, until you log out."""
    session = Session.of(context, stage, pack, as_json)
    services = session.services
    sign_in = services.sign_in(session.target, pages)
    end = services.clock() + timeout

    def show(url: str) -> None:
        if not (browser and services.browse(url)):
            session.err.print("open this page in a browser on this machine:")
        session.err.print(url, soft_wrap=True)

    expires_at = sign_in.sign_in(show, lambda: end - services.clock())
    document = {"stage": session.target.stage, "pack": session.target.pack, "expires_at": expires_at}
    session.emit(document, lambda console: harmless(f"signed in to {session.target.stage}"))


def logout(
    context: typer.Context, stage: StageOption = None, pack: PackOption = None, as_json: JsonOption = False
) -> None:
    """End the sign-in, here and at the user pool."""
    session = Session.of(context, stage, pack, as_json)
    ended = session.services.sign_in(session.target, "").sign_out()
    said = {
        "none": "nobody was signed in",
        "ended": "signed out",
        "kept_by_pool": "signed out here; the user pool did not answer, so its tokens end by themselves",
    }
    session.emit({"signed_out": ended != "none", "ended": ended}, lambda console: harmless(said[ended]))
