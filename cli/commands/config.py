"""``config``: what may be changed at run time, who changed it and why, and the way back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.errors import CliError, ExitCode
from cli.ports import Configuration, Document
from cli.screen.format import harmless, one_line
from cli.session import JsonOption, PackOption, Session, StageOption

if TYPE_CHECKING:
    from conclave.configuration.changes import Change

STOP_SECONDS = 60

WhyOption = Annotated[
    str, typer.Option("--why", metavar="TEXT", help="The reason; kept for ever, so name no person in it.")
]


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    group = typer.Typer(help="What may be changed at run time: show it, change it, see who did, take it back.")
    group.command()(show)
    group.command("set")(set_)
    group.command()(history)
    group.command()(rollback)
    app.add_typer(group, name="config")


def show(
    context: typer.Context,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show every setting: its value, whether it was changed, and what it can be."""
    session = Session.of(context, stage, pack, as_json)
    configuration = session.services.configuration(session.target)
    document = _shown(configuration)

    from cli.screen.configuration import settings_view

    session.emit(document, lambda console: settings_view(harmless(document)))


def set_(
    context: typer.Context,
    assignments: Annotated[
        list[str],
        typer.Argument(metavar="PATH=VALUE...", help="limits.model_turns=3; an empty value takes a change back."),
    ],
    why: WhyOption,
    tried: Annotated[
        bool | None, typer.Option("--try", help="Have the gate try it first. The stage prod does in any case.")
    ] = None,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change settings, in one step. Runs that begin once it is rolled out (and 15 s more) have them; others keep theirs."""
    from conclave.configuration.changes import with_value, without

    session = Session.of(context, stage, pack, as_json)
    configuration = session.services.configuration(session.target)
    _refuse_under_way(session, configuration)
    before = _in_force(configuration)
    after = before
    for path, text in map(_assignment, assignments):
        after = with_value(after, path, _value(text)) if text else without(after, path)
    if tried or configuration.tried():
        _refuse_not_taken(session, configuration, after)
        _try(session, configuration, before, after, why)
        _refuse_under_way(session, configuration)
        _refuse_changed(configuration, before)
    session.emit(*_changed(session, configuration, before, after, why))


def _try(session: Session, configuration: Configuration, before: Document, after: Document, why: str) -> None:
    """Has the gate try what runs would have otherwise. Raises ``CliError`` where it refuses it.

    Not tried is what no fork can have of its own (money, prices, intake), what no trial shows, and what is not valid, which is
    refused afterwards.
    """
    from conclave.api.forking.asked import MAY_DIFFER
    from conclave.configuration.changes import differing
    from conclave.configuration.faults import faults
    from conclave.rollout.trials import shows

    from cli.commands.rollout import require_passed

    stable, candidate = ({name: each[name] for name in MAY_DIFFER if name in each} for each in (before, after))
    paths = differing(stable, candidate)
    if not paths or faults(after, configuration.packaged()):
        return
    if blind := [each for each in paths if not shows(each)]:
        session.err.print(f"not tried, since no trial shows it: {', '.join(blind)}")
    if blind == list(paths):
        return
    require_passed(session, stable, candidate, why)


def history(
    context: typer.Context,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show every change: who, when, what and why. Fails if an entry of their audit is missing or was altered."""
    session = Session.of(context, stage, pack, as_json)
    configuration = session.services.configuration(session.target)
    changes = _changes(configuration)
    document = {"changes": [_told(each, configuration) for each in reversed(changes)]}

    from cli.screen.configuration import history_view

    session.emit(document, lambda console: history_view(harmless(document)))


def rollback(
    context: typer.Context,
    why: WhyOption,
    to: Annotated[
        int | None,
        typer.Argument(
            metavar="[CHANGE]", min=0, help="The change to go back to; 0 as packaged; else that before the last."
        ),
    ] = None,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go back to an earlier configuration, byte for byte; a change that is being rolled out is stopped first."""
    session = Session.of(context, stage, pack, as_json)
    configuration = session.services.configuration(session.target)
    changes = _changes(configuration)
    if to is None and not changes:
        raise _bad("nothing was ever changed", "conclave config set PATH=VALUE --why TEXT", "nothing_to_take_back")
    number = changes[-1].number - 1 if to is None else to
    wanted = change_by_number(session, number)
    before = _in_force(configuration)
    _stop(session, configuration)
    session.emit(*_changed(session, configuration, before, dict(wanted.document), why, to=number))


def _refuse_under_way(session: Session, configuration: Configuration) -> None:
    from conclave.configuration.changing import under_way

    if newest := under_way(configuration):
        raise CliError(
            f"a change is being rolled out ({newest.state.lower()}, {newest.percent:.0f} %)",
            advice=f"wait for it, or take it back: conclave config rollback --why TEXT{session.options()}",
            code="configuration_under_way",
        )


def _refuse_changed(configuration: Configuration, before: Document) -> None:
    """Refuses to deploy what was tried against another document than is in force: it would take that change back."""
    if _in_force(configuration) != before:
        raise CliError(
            "the configuration was changed while the gate tried yours, and nothing of yours was done",
            advice="conclave config history, then send it again",
            code="configuration_contended",
        )


def _stop(session: Session, configuration: Configuration) -> None:
    """Stops what is being rolled out, and waits until it is."""
    from conclave.configuration.changing import under_way

    begun = session.services.clock()
    if newest := under_way(configuration):
        session.err.print(f"taking back what is being rolled out; that takes up to {STOP_SECONDS} s")
        if newest.state != "ROLLING_BACK":
            configuration.stop(newest.number)
    while under_way(configuration):
        if session.services.clock() - begun > STOP_SECONDS:
            raise CliError(
                "what was being rolled out is still being taken back",
                advice="send it again in a minute",
                code="configuration_under_way",
            )
        session.services.sleep(1)


def _changed(
    session: Session, configuration: Configuration, before: Document, after: Document, why: str, to: int | None = None
) -> tuple[Document, Any]:
    """Enters and deploys a change; the answer, and its view."""
    from conclave.clock import timestamp
    from conclave.configuration.changes import ReasonMissing
    from conclave.configuration.changing import ROLLED_OUT, NotDeployed, TakenBack, Unchanged, make_change
    from conclave.configuration.document import SettingsInvalid, settings_from, version_of

    if to is None:
        _refuse_not_taken(session, configuration, after)
    by, at = configuration.caller(), timestamp(session.services.now())
    _changes(configuration)  # tells an audit that is broken
    try:
        done = make_change(configuration, before, after, by=by, why=why, at=at, to=to, at_once=to is not None)
    except SettingsInvalid as error:
        raise _bad(str(error), "conclave config show lists all settings", "configuration_invalid") from error
    except Unchanged as error:
        raise _bad(str(error), "", "unchanged") from error
    except ReasonMissing as error:
        raise _bad(str(error), "--why TEXT", "reason_missing") from error
    except NotDeployed as error:
        cause = error.__cause__
        if not isinstance(cause, CliError):
            raise
        raise CliError(
            f"entered as change {error.number}, and not deployed: {cause.message}",
            advice=f"conclave config rollback {error.number}{session.options()} deploys it",
            code=cause.code,
            exit_code=cause.exit_code,
        ) from error
    except TakenBack as error:
        raise CliError(
            str(error),
            advice="conclave config history; what is deployed is as before",
            code="configuration_taken_back",
        ) from error
    made, newest, seconds = done.change, done.rollout, configuration.seen_seconds()
    document = {
        "change": made.number,
        "deployment": done.deployment,
        "state": newest.state,
        "percent": newest.percent,
        "version": version_of(settings_from(after, configuration.packaged())),
        "paths": list(made.paths),
        "by": by,
        "why": made.why,
        "at": at,
        "to": to,
        "document": after,
        "in_force_after_seconds": seconds if newest.state in ROLLED_OUT else None,
    }
    when = (
        f"for runs that begin {seconds} s from now"
        if newest.state in ROLLED_OUT
        else f"step by step ({newest.percent:.0f} % so far; conclave config show{session.options()})"
    )
    return document, lambda console: harmless(
        f"change {made.number}: {', '.join(made.paths) or 'as deployed'}; in force {when}"
    )


def _refuse_not_taken(session: Session, configuration: Configuration, after: Document) -> None:
    """Refuses what a model would be asked without. A document that is not valid is refused by who enters it."""
    from conclave.agents.prices import price_table
    from conclave.configuration.applied import not_taken
    from conclave.configuration.document import SettingsInvalid, settings_from
    from conclave.pack import load_pack

    try:
        settings = settings_from(after, configuration.packaged())
    except SettingsInvalid:
        return
    if found := next(not_taken(load_pack(session.target.pack), settings, price_table().tiers), ""):
        raise _bad(found, "set what its family takes", "parameter_not_taken")


def _shown(configuration: Configuration) -> Document:
    from conclave.codec import plain
    from conclave.configuration.changing import recorded
    from conclave.configuration.document import SettingsInvalid, settings_from, version_of
    from conclave.configuration.faults import every_setting, faults, may_be

    packaged, rollouts = configuration.packaged(), configuration.rollouts()
    deployed = _in_force(configuration)
    changes = _changes(configuration)
    found = faults(deployed, packaged)
    try:
        settings = settings_from(deployed, packaged)
    except SettingsInvalid:  # functions refuse it, too, and go by what is packaged
        settings = settings_from({}, packaged)
    values = plain(settings)
    newest = rollouts[0] if rollouts else None
    return {
        "version": version_of(settings),
        "change": next((each.number for each in reversed(changes) if each.document == deployed), 0),
        "recorded": recorded(changes, deployed),
        "deployment": None
        if newest is None
        else {"number": newest.number, "state": newest.state, "percent": newest.percent},
        "faults": found,
        "document": deployed,
        "settings": [
            {"path": path, "value": _at(values, path), "set": _at(deployed, path, missing=_ABSENT) is not _ABSENT}
            | {"may_be": may_be(kind)}
            for path, kind in every_setting()
        ],
    }


_ABSENT = object()


def _at(values: Any, path: str, missing: Any = None) -> Any:
    for name in path.split("."):
        if not isinstance(values, dict) or name not in values:
            return missing
        values = values[name]
    return values


def _in_force(configuration: Configuration) -> Document:
    """The document of the newest deployment that was not taken back."""
    from conclave.configuration.changing import DocumentUnreadable, in_force

    try:
        return in_force(configuration)
    except DocumentUnreadable as error:
        raise CliError(
            str(error),
            advice="conclave config rollback 0 --why TEXT goes back to the configuration as packaged",
            code="configuration_invalid",
        ) from error


def change_by_number(session: Session, number: int) -> Change:
    """The change of a number, 0 for the configuration as packaged; raises ``CliError``."""
    from conclave.configuration.changes import ChangeUnknown, change_of

    try:
        return change_of(_changes(session.services.configuration(session.target)), number)
    except ChangeUnknown as error:
        raise _bad(str(error), "conclave config history", "change_unknown") from error


def _changes(configuration: Configuration) -> list[Change]:
    from conclave.audit.chain import ChainBroken
    from conclave.configuration.changes import changes_in

    try:
        return changes_in(configuration.entries())
    except ChainBroken as error:
        raise CliError(
            f"the audit of the configuration is broken: {error}",
            advice="somebody wrote into the audit table; docs/security.md, Configuration",
            code="audit_broken",
        ) from error


def _assignment(text: str) -> tuple[str, str]:
    path, sign, value = text.partition("=")
    if not sign or not path.strip():
        raise _bad(f"{one_line(text)!r} is not an assignment", "write it like limits.model_turns=3", "usage")
    return path.strip(), value.strip()


def _value(text: str) -> Any:
    """The value as JSON has it; whatever is not JSON is a word."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _bad(message: str, advice: str, code: str) -> CliError:
    return CliError(message, advice=advice, code=code, exit_code=ExitCode.BAD_INPUT)


def _told(change: Change, configuration: Configuration) -> Document:
    from conclave.configuration.document import SettingsInvalid, settings_from, version_of

    try:
        version = version_of(settings_from(change.document, configuration.packaged()))
    except SettingsInvalid:  # a release of another day took it
        version = ""
    return {
        "change": change.number,
        "at": change.at,
        "by": change.by,
        "why": change.why,
        "kind": change.kind.value,
        "paths": list(change.paths),
        "to": change.to,
        "version": version,
        "document": dict(change.document),
        "hash": change.hash,
    }
