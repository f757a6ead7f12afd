"""``rollout``: new versions of the agents' functions, from their gate over a share of the runs to all of them, or back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import CliError, ExitCode
from cli.ports import Document, StageRollouts
from cli.screen.format import harmless
from cli.session import JsonOption, PackOption, Session, StageOption

if TYPE_CHECKING:
    from conclave.rollout.acting import Move
    from conclave.rollout.gate import Shown
    from conclave.rollout.record import Record
    from conclave.rollout.verdicts import Finding

WhyOption = Annotated[
    str, typer.Option("--why", metavar="TEXT", help="The reason; kept for ever, so name no person in it.")
]


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    group = typer.Typer(
        help="New versions of the agents: judge them, give them a share of the runs, promote, take back."
    )
    for command in (status, adopt, start, step, promote, rollback):
        group.command()(command)
    app.add_typer(group, name="rollout")


def status(
    context: typer.Context, stage: StageOption = None, pack: PackOption = None, as_json: JsonOption = False
) -> None:
    """Show how the rollout stands, and what was done. Fails if an entry of its audit is missing or was altered."""
    session = Session.of(context, stage, pack, as_json)
    rollouts = session.services.rollouts(session.target)
    document = _shown(rollouts, rollouts.read())

    from cli.screen.rollout import rollout_view

    session.emit(document, lambda console: rollout_view(harmless(document)))


def adopt(
    context: typer.Context,
    why: WhyOption,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep runs on the versions that are deployed now: later ones take traffic by ``start`` only."""
    from conclave.rollout.acting import Move
    from conclave.rollout.record import adopted

    session = Session.of(context, stage, pack, as_json)
    rollouts = session.services.rollouts(session.target)
    versions = rollouts.deployed()
    _told(
        session, rollouts, _move(session, rollouts, lambda each, at: adopted(each, versions, at=at), Move.ADOPTED, why)
    )


def start(
    context: typer.Context,
    before: Annotated[
        Path, typer.Option("--before", metavar="FILE", help="What the stable versions did with the cases.")
    ],
    after: Annotated[Path, typer.Option("--after", metavar="FILE", help="What the new versions did with them.")],
    why: WhyOption,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge the versions that were deployed last: give them the first share of the runs, or refuse them with the reasons."""
    from conclave.audit.canonical import sha256
    from conclave.rollout.acting import Move
    from conclave.rollout.gate import CasesDiffer, judged, paired
    from conclave.rollout.record import admitted, begun, refused
    from conclave.rollout.thresholds import PACKAGED

    session = Session.of(context, stage, pack, as_json)
    rollouts = session.services.rollouts(session.target)
    try:
        cases = paired(_cases(before), _cases(after))
    except CasesDiffer as error:
        raise _bad(str(error), "python -m bench.gate --seen FILE, in both checkouts", "cases_differ") from error
    versions = rollouts.deployed()
    findings = judged(cases, PACKAGED)
    evidence = sha256(before.read_bytes() + after.read_bytes())
    codes = tuple(each.objection.value for each in findings)
    _move(session, rollouts, lambda each, at: begun(each, versions, stable={}, at=at), Move.BEGUN, why, (), evidence)
    if findings:
        record = _move(
            session, rollouts, lambda each, at: refused(each, codes, at=at), Move.REFUSED, why, findings, evidence
        )
    else:
        record = _move(session, rollouts, lambda each, at: admitted(each, at=at), Move.ADMITTED, why, (), evidence)
    _told(session, rollouts, record, findings)
    if findings:
        raise typer.Exit(ExitCode.HALTED)


def step(
    context: typer.Context,
    why: WhyOption,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give the candidate the next share of the runs; after the last one it is promoted."""
    from conclave.rollout.acting import Move
    from conclave.rollout.record import stepped

    _acted(Session.of(context, stage, pack, as_json), lambda each, at: stepped(each, at=at), Move.STEPPED, why)


def promote(
    context: typer.Context,
    why: WhyOption,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put all runs that begin from now on on the candidate."""
    from conclave.rollout.acting import Move
    from conclave.rollout.record import promoted

    _acted(Session.of(context, stage, pack, as_json), lambda each, at: promoted(each, at=at), Move.PROMOTED, why)


def rollback(
    context: typer.Context,
    why: WhyOption,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put all runs that begin from now on on the stable versions."""
    from conclave.rollout.acting import Move
    from conclave.rollout.record import rolled_back

    _acted(
        Session.of(context, stage, pack, as_json),
        lambda each, at: rolled_back(each, ("by_hand",), at=at),
        Move.ROLLED_BACK,
        why,
    )


def _acted(session: Session, change: Callable[[Record, str], Record], move: Move, why: str) -> None:
    """Moves the rollout and shows how it stands then."""
    rollouts = session.services.rollouts(session.target)
    _told(session, rollouts, _move(session, rollouts, change, move, why))


def _move(
    session: Session,
    rollouts: StageRollouts,
    change: Callable[[Record, str], Record],
    move: Move,
    why: str,
    findings: Sequence[Finding] = (),
    evidence: str = "",
) -> Record:
    from conclave.audit.chain import ChainBroken
    from conclave.clock import timestamp
    from conclave.rollout.acting import ReasonMissing, moved
    from conclave.rollout.record import RolloutRefused

    at = timestamp(session.services.now())
    try:
        return moved(
            rollouts,
            lambda record: change(record, at),
            move,
            by=rollouts.caller(),
            why=why,
            at=at,
            findings=findings,
            evidence=evidence,
        )
    except RolloutRefused as error:
        raise _bad(str(error), f"conclave rollout status{session.options()}", error.code) from error
    except ReasonMissing as error:
        raise _bad(str(error), "--why TEXT", "reason_missing") from error
    except ChainBroken as error:
        raise _broken(error) from error


def _cases(file: Path) -> list[Shown]:
    from conclave.codec import RecordInvalid, decode
    from conclave.rollout.gate import Shown

    try:
        return decode(file.read_bytes(), list[Shown])
    except OSError as error:
        raise _bad(f"{file} cannot be read: {error.strerror}", "python -m bench.gate --seen FILE", "usage") from error
    except RecordInvalid as error:
        raise _bad(
            f"{file} does not show cases of a gate: {error}", "python -m bench.gate --seen FILE writes one", "usage"
        ) from error


def _told(session: Session, rollouts: StageRollouts, record: Record, findings: Sequence[Finding] = ()) -> None:
    document = _shown(rollouts, record) | {"findings": [each.line for each in findings]}

    from cli.screen.rollout import rollout_view

    session.emit(document, lambda console: rollout_view(harmless(document)))


def _shown(rollouts: StageRollouts, record: Record) -> Document:
    from conclave.audit.chain import ChainBroken
    from conclave.codec import plain
    from conclave.rollout.acting import history

    try:
        done = history(rollouts.entries())
    except ChainBroken as error:
        raise _broken(error) from error
    return {**plain(record), "deployed": rollouts.deployed(), "history": [plain(each) for each in reversed(done)]}


def _broken(error: Exception) -> CliError:
    return CliError(
        f"the audit of the rollout is broken: {error}",
        advice="somebody wrote into the audit table; docs/security.md, New versions of agents",
        code="audit_broken",
    )


def _bad(message: str, advice: str, code: str) -> CliError:
    return CliError(message, advice=advice, code=code, exit_code=ExitCode.BAD_INPUT)
