"""``rollout``: new versions of the agents' functions, from their gate over a share of the runs to all of them, or back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.errors import CliError, ExitCode
from cli.ports import Document, StageRollouts
from cli.screen.format import harmless
from cli.session import JsonOption, PackOption, Session, StageOption

if TYPE_CHECKING:
    from conclave.rollout.acting import Move
    from conclave.rollout.record import Record
    from conclave.rollout.thresholds import Thresholds

WhyOption = Annotated[
    str, typer.Option("--why", metavar="TEXT", help="The reason; kept for ever, so name no person in it.")
]


GATE_SECONDS = 3_600
LOOK_SECONDS = 3
"""Between two looks at a gate that has not judged."""


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
    _told(session, rollouts, rollouts.read())


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
        session,
        rollouts,
        move_rollout(session, rollouts, lambda each, at: adopted(each, versions, at=at), Move.ADOPTED, why),
    )


def start(
    context: typer.Context,
    why: WhyOption,
    threshold: Annotated[
        list[str] | None,
        typer.Option(
            "--threshold", metavar="NAME=VALUE", help="Another one than is packaged: steps=25,50. Repeatable."
        ),
    ] = None,
    timeout: Annotated[
        int, typer.Option("--timeout", metavar="SECONDS", min=1, help="Look on so long.")
    ] = GATE_SECONDS,
    stage: StageOption = None,
    pack: PackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try the versions that were deployed last on runs that ended: give them the first share of the runs, or refuse them."""
    from conclave.rollout.acting import Move
    from conclave.rollout.record import begun

    session = Session.of(context, stage, pack, as_json)
    rollouts = session.services.rollouts(session.target)
    thresholds = _thresholds(threshold or [])
    versions = rollouts.deployed()
    record = move_rollout(
        session,
        rollouts,
        lambda each, at: begun(each, versions, stable={}, at=at, thresholds=thresholds),
        Move.BEGUN,
        why,
    )
    document = judged_by_gate(
        session, rollouts, record.rollout, timeout, unfinished=f"it goes on by itself; {_status(session)}"
    )
    _emit(session, document)
    last = document["last"]
    if last is not None and last["rollout"] == record.rollout and last["end"] != "promoted":
        raise typer.Exit(ExitCode.HALTED)


def require_passed(session: Session, stable: Document, candidate: Document, why: str) -> None:
    """Has the gate try a change of the settings; raises ``CliError`` where it does not pass it."""
    from conclave.codec import encode
    from conclave.rollout.acting import Move
    from conclave.rollout.record import configured

    rollouts = session.services.rollouts(session.target)
    sides = encode({"stable": stable, "candidate": candidate}).decode()
    record = move_rollout(session, rollouts, lambda each, at: configured(each, sides, at=at), Move.CONFIGURED, why)
    unfinished = (
        f"nothing was changed, nor will be; send it again once conclave rollout status{session.options()} shows an end"
    )
    document = judged_by_gate(session, rollouts, record.rollout, GATE_SECONDS, unfinished=unfinished)
    last = document["last"]
    if last is None or (last["rollout"], last["end"]) != (record.rollout, "passed"):
        found = "; ".join(document["findings"]) or "it was ended by hand"
        raise CliError(
            f"the gate did not pass the change, and nothing was changed: {found}",
            advice=f"conclave rollout status{session.options()}",
            code="change_refused",
            exit_code=ExitCode.HALTED,
        )


def judged_by_gate(
    session: Session, rollouts: StageRollouts, rollout: int, timeout: int, *, unfinished: str
) -> Document:
    """Has the gate go on until it has judged; answers how the rollout stands then, with the findings of a refusal.

    ``unfinished`` is the advice where it has not in time.
    """
    _wait_for_gate(session, rollouts, rollout, timeout, unfinished)
    return _shown(rollouts, rollouts.read())


def _wait_for_gate(session: Session, rollouts: StageRollouts, rollout: int, timeout: int, unfinished: str) -> None:
    clock, waiting = session.services.clock, -1
    end = clock() + timeout
    while (found := rollouts.look(step=False))["state"] == "gate" and found["rollout"] == rollout:
        if clock() >= end:
            raise CliError(
                f"the gate has not judged yet; {found['open']} trials have not ended",
                advice=unfinished,
                code="gate_unfinished",
            )
        if found["open"] != waiting:
            waiting = found["open"]
            session.err.print(f"the gate: {waiting} trials to go")
        session.services.sleep(LOOK_SECONDS)


def _thresholds(given: Sequence[str]) -> Thresholds:
    from conclave.rollout.thresholds import PACKAGED, Thresholds, ThresholdsInvalid

    values: dict[str, Any] = {}
    for each in given:
        name, _, text = each.partition("=")
        packaged = getattr(PACKAGED, name, None) if name in Thresholds.__struct_fields__ else None
        try:
            if packaged is None:
                raise ValueError
            values[name] = tuple(map(int, text.split(","))) if isinstance(packaged, tuple) else type(packaged)(text)
        except ValueError:
            names = ", ".join(Thresholds.__struct_fields__)
            raise _bad(f"{each} sets no threshold", f"NAME=VALUE, with one of: {names}", "usage") from None
    try:
        return Thresholds(**values)
    except ThresholdsInvalid as error:
        raise _bad(str(error), "docs/operations.md, New versions of agents", "usage") from error


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

    session = Session.of(context, stage, pack, as_json)
    as_seen = _no_worse(session)
    _acted(session, lambda each, at: stepped(as_seen(each), at=at), Move.STEPPED, why)


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

    session = Session.of(context, stage, pack, as_json)
    as_seen = _no_worse(session)
    _acted(session, lambda each, at: promoted(as_seen(each), at=at), Move.PROMOTED, why)


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


def _no_worse(session: Session) -> Callable[[Record], Record]:
    """Raises ``CliError`` where the runs on the candidate are worse, which takes it back, or too few to say.

    Returns:
        A check for the move that follows: it refuses every record but the one that was looked at.
    """
    rollouts = session.services.rollouts(session.target)
    seen = rollouts.read()

    def as_seen(record: Record) -> Record:
        if record.revision != seen.revision:
            raise CliError(
                "somebody else moved the rollout meanwhile, and nothing of yours was done",
                advice=_status(session),
                code="rollout_contended",
            )
        return record

    if seen.state != "canary":
        return as_seen  # the record itself refuses, with its reason
    found = rollouts.look(step=False)
    if found["findings"]:
        back = "it was taken back" if found["state"] == "steady" else "it has to show more runs first"
        raise CliError(
            f"the candidate is not shown to be no worse, {back}: {'; '.join(found['findings'])}",
            advice=_status(session),
            code="candidate_not_shown",
            exit_code=ExitCode.HALTED,
        )
    return as_seen


def _status(session: Session) -> str:
    return f"conclave rollout status{session.options()}"


def _acted(session: Session, change: Callable[[Record, str], Record], move: Move, why: str) -> None:
    """Moves the rollout and shows how it stands then."""
    rollouts = session.services.rollouts(session.target)
    _told(session, rollouts, move_rollout(session, rollouts, change, move, why))


def move_rollout(
    session: Session,
    rollouts: StageRollouts,
    change: Callable[[Record, str], Record],
    move: Move,
    why: str,
) -> Record:
    """Moves the rollout, as its caller; answers the record."""
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
        )
    except RolloutRefused as error:
        raise _bad(str(error), _status(session), error.code) from error
    except ReasonMissing as error:
        raise _bad(str(error), "--why TEXT", "reason_missing") from error
    except ChainBroken as error:
        raise _broken(error) from error


def _told(session: Session, rollouts: StageRollouts, record: Record) -> None:
    _emit(session, _shown(rollouts, record))


def _emit(session: Session, document: Document) -> None:
    from cli.screen.rollout import rollout_view

    session.emit(document, lambda console: rollout_view(harmless(document)))


def _shown(rollouts: StageRollouts, record: Record) -> Document:
    """The record and its history; while nothing is under way, with the findings on which the last candidate was ended."""
    from conclave.audit.chain import ChainBroken
    from conclave.codec import plain
    from conclave.rollout.acting import Move, history
    from conclave.rollout.record import End, State

    try:
        done = history(rollouts.entries())
    except ChainBroken as error:
        raise _broken(error) from error
    worse = (
        record.state is State.STEADY and record.last is not None and record.last.end in (End.REFUSED, End.ROLLED_BACK)
    )
    ends = (each.findings for each in reversed(done) if each.move in (Move.REFUSED, Move.ROLLED_BACK))
    return {
        **plain(record),
        "deployed": rollouts.deployed(),
        "findings": list(next(ends, ())) if worse else [],
        "history": [plain(each) for each in reversed(done)],
    }


def _broken(error: Exception) -> CliError:
    return CliError(
        f"the audit of the rollout is broken: {error}",
        advice="somebody wrote into the audit table; docs/security.md, New versions of agents",
        code="audit_broken",
    )


def _bad(message: str, advice: str, code: str) -> CliError:
    return CliError(message, advice=advice, code=code, exit_code=ExitCode.BAD_INPUT)
