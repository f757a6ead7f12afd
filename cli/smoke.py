"""Proof that a deployment works: one incident to a decision, its audit, one alarm, and what that cost.

Every step acts on the deployment itself. A step that fails is told in one line; what cannot be tried without it is skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from cli.errors import CliError, ExitCode, outcome
from cli.ports import Alarm, Alarms, Document
from cli.screen.format import count, counted, money, one_line
from cli.screen.progress import Sink, follow
from cli.session import Session

RIGHTS = "docs/operations.md, Smoke test, lists the rights"
PREFERRED = "RunsHalted"
"""The alarm that a person must hear; another one when it rings already."""
REASON = "A test by conclave smoke: nothing is wrong, and it ends within a minute."
ANCHOR_SECONDS = 60.0
"""From a decision to its anchor; more means that the event waits among the undelivered ones."""
NOTICE_SECONDS = 30.0
"""From the state of an alarm to the notice in its history."""
INTERVAL = 1.0
SETTLED = (
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
)
"""States of a stack that stands as some deployment left it."""
NOT_COUNTED = (
    "Lambda, Step Functions, DynamoDB, KMS, logs and metrics of this run",
    "text units of the guardrail",
    "what stands idle (README, What it costs there)",
    "the surcharge of regional inference profiles",
)

OK, FAILED, SKIPPED = "ok", "failed", "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The finding of a step. ``advice`` says what a person may want to do about it all the same."""

    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the proof.

    Attributes:
        name: What was tried.
        outcome: ``ok``, ``failed`` or ``skipped``.
        found: What was seen, or why it was skipped.
        advice: What to do.
        code: Stable word for a failure; empty otherwise.
        seconds: How long it took.
        exit_code: How the command ends because of it.
    """

    name: str
    outcome: str
    found: str
    advice: str = ""
    code: str = ""
    seconds: float = 0.0
    exit_code: ExitCode = ExitCode.OK


@dataclass(slots=True, kw_only=True)
class Proof:
    """The steps of a proof, and their run.

    Attributes:
        steps: The steps, in their order.
        run: The run, once it has ended; empty without one.
    """

    steps: list[Step] = field(default_factory=list)
    run: Document = field(default_factory=dict)

    @property
    def exit_code(self) -> ExitCode:
        """That of the first step that failed; ``OK`` when none did."""
        return next((step.exit_code for step in self.steps if step.outcome == FAILED), ExitCode.OK)

    def document(self) -> Document:
        """The proof as plain values."""
        steps = [{name: value for name, value in asdict(step).items() if name != "exit_code"} for step in self.steps]
        run = {"run_id": self.run["run_id"], "status": self.run["status"]} if self.run else None
        cost = {**self.run["totals"], "not_counted": list(NOT_COUNTED)} if self.run.get("totals") else None
        return {"ok": self.exit_code is ExitCode.OK, "steps": steps, "run": run, "cost": cost}


def prove(
    session: Session, request: Mapping[str, Any], *, timeout: float, sink: Sink, say: Callable[[str], None]
) -> Proof:
    """Tries everything in order.

    Args:
        session: Stage, pack and ports.
        request: The incident, as the API takes it.
        timeout: Seconds that the run may take.
        sink: Told how the run goes on.
        say: Told the name of each step as it begins.

    Returns:
        The proof. It raises nothing that one of its steps can tell.
    """
    proof = Proof()
    work = _Work(session, request, timeout, sink, proof)
    plan: tuple[tuple[str, Callable[[], Found], str], ...] = (
        ("stacks", work.stacks, ""),
        ("sign-in", work.sign_in, "stacks"),
        ("incident", work.incident, "sign-in"),
        ("audit", work.audit, "run"),
        ("alarm", work.alarm, "stacks"),
        ("cost", work.cost, "run"),
    )
    for name, act, needs in plan:
        proved = {step.name for step in proof.steps if step.outcome == OK} | ({"run"} if proof.run else set())
        if needs and needs not in proved:
            lacking = "a run that ended" if needs == "run" else needs
            proof.steps.append(Step(name=name, outcome=SKIPPED, found=f"needs {lacking}"))
            continue
        say(name)
        proof.steps.append(_tried(name, act, session.services.clock))
    return proof


def _tried(name: str, act: Callable[[], Found], clock: Callable[[], float]) -> Step:
    from botocore.exceptions import BotoCoreError, ClientError

    began = clock()
    try:
        found = act()
    except CliError as error:
        failure = error
    except (BotoCoreError, ClientError) as error:
        failure = CliError(f"AWS refuses: {error}", advice=RIGHTS, code="cloud_refused", exit_code=ExitCode.UNREACHABLE)
    else:
        took = round(clock() - began, 2)
        return Step(name=name, outcome=OK, found=one_line(found.text), advice=found.advice, seconds=took)
    return Step(
        name=name,
        outcome=FAILED,
        found=one_line(failure.message),
        advice=one_line(failure.advice),
        code=failure.code,
        seconds=round(clock() - began, 2),
        exit_code=failure.exit_code,
    )


class _Work:
    """The steps, which hand on to each other what they found: the run, in the proof."""

    def __init__(self, session: Session, request: Mapping[str, Any], timeout: float, sink: Sink, proof: Proof) -> None:
        self._session = session
        self._services = session.services
        self._target = session.target
        self._request = request
        self._timeout = timeout
        self._sink = sink
        self._proof = proof

    def stacks(self) -> Found:
        """Proves that the three stacks stand, and that the engine's outputs can be read."""
        cloud = self._services.cloud(self._target)
        cloud.outputs(self._target)
        found = cloud.stacks(self._target)
        bad = [f"{each['name']} is {each['status']}" for each in found if each["status"] not in SETTLED]
        if bad:
            raise CliError(
                ", ".join(bad),
                advice="deploy again, and read the events of the stack",
                code="not_deployed",
                exit_code=ExitCode.UNREACHABLE,
            )
        return Found(text=f"{counted(len(found), 'stack')} deployed")

    def sign_in(self) -> Found:
        """Proves that the API lets the caller in."""
        self._services.api(self._target).runs(limit=1)
        wants = self._services.cloud(self._target).outputs(self._target).get("Authorisation", "iam")
        return Found(text="the API takes the token and the key" if wants == "jwt" else "the API takes the signature")

    def incident(self) -> Found:
        """Proves that a new run comes to a decision with all of its agents."""
        api = self._services.api(self._target)
        run_id = str(api.submit(self._request, self._services.fresh_key())["run_id"])
        run = follow(
            api,
            run_id,
            sink=self._sink,
            timeout=self._timeout,
            appears_within=0.0,
            options=self._session.options(),
            clock=self._services.clock,
            sleep=self._services.sleep,
        )
        self._proof.run = run
        return _decided(run, self._session)

    def audit(self) -> Found:
        """Proves that the audit of that run is complete, unchanged and anchored."""
        from cli.target.audit_export import Aside, export_lines
        from verifier.anchors import PublicKey
        from verifier.export import verify

        api, anchors = self._services.api(self._target), self._services.anchors(self._target)
        run_id = str(self._proof.run["run_id"])
        self._until(lambda: bool(anchors.of(run_id)), ANCHOR_SECONDS)
        at = self._services.now().isoformat(timespec="seconds")
        lines = export_lines(
            [run_id], api=api, anchors=anchors, target=self._target, at=at, aside=Aside(), everything=False
        )
        report = verify(lines, [PublicKey.from_der(anchors.key()[1])])
        if not report.ok:
            broken = report.broken[0]
            raise CliError(
                f"the audit of {run_id} is not proved: entry {broken.sequence} {broken.reason}",
                advice=f"conclave verify {run_id}{self._session.options()}; docs/operations.md, Audit",
                code="audit_broken",
            )
        entries = counted(report.entries, "entry", "entries")
        return Found(text=f"{entries} proved against {counted(report.anchors, 'anchor')}, signed by the deployed key")

    def alarm(self) -> Found:
        """Makes an alarm ring, and looks whether somebody hears it."""
        alarms = self._services.alarms(self._target)
        chosen = _quiet(alarms.named(f"conclave-{self._target.stage}-{self._target.pack}-"))
        (topic, *_) = chosen.actions
        confirmed, pending = alarms.subscribers(topic)
        known = {notice.at for notice in alarms.notices(chosen.name)}
        alarms.set(chosen.name, "ALARM", REASON)
        try:
            told = self._heard(alarms, chosen, known)
        finally:
            alarms.set(chosen.name, chosen.state, REASON)
        rang = f"{chosen.name} rang and is {chosen.state} again; {told}"
        if confirmed:
            return Found(text=f"{rang}; {counted(confirmed, 'confirmed subscription')}")
        waiting = f", {pending} not confirmed" if pending else ""
        if not self._target.is_local:
            raise CliError(
                f"{rang}; nobody is subscribed{waiting}",
                advice="confirm by the link in the mail of AWS" if pending else "deploy with -c notify=ADDRESS",
                code="nobody_subscribed",
                exit_code=ExitCode.SETUP,
            )
        return Found(text=f"{rang}; nobody is subscribed{waiting}", advice="conclave up subscribes nobody")

    def cost(self) -> Found:
        """The cost of the models: their use as the run reports it, at the prices of the table."""
        from conclave.agents.prices import price_table

        totals = self._proof.run.get("totals") or {}
        if not totals.get("model_calls"):
            raise CliError(
                "the run reports no call of a model, so nothing was measured",
                advice=f"conclave show {self._proof.run['run_id']}{self._session.options()}",
                code="usage_missing",
            )
        used = f"{count(totals.get('input_tokens'))} input and {count(totals.get('output_tokens'))} output tokens"
        calls = counted(totals["model_calls"], "model call")
        local = "on the local cloud tokens are estimates, and nothing was paid; " if self._target.is_local else ""
        return Found(
            text=f"{money(totals.get('cost_usd'))} for {used} in {calls}, at the prices of {price_table().as_of}",
            advice=f"{local}not counted: {', '.join(NOT_COUNTED)}",
        )

    def _heard(self, alarms: Alarms, alarm: Alarm, known: set[str]) -> str:
        """A few words on what became of the notice of an alarm that has just been made to ring."""
        if self._target.is_local:
            # The emulator changes the state and tells the topic, but its history holds no notices.
            states = {each.name: each.state for each in alarms.named(alarm.name)}
            if states.get(alarm.name) != "ALARM":
                raise CliError(f"{alarm.name} did not ring", code="alarm_silent")
            return "the emulator keeps no history of notices"

        def new() -> list[Any]:
            return [notice for notice in alarms.notices(alarm.name) if notice.at not in known]

        self._until(lambda: bool(new()), NOTICE_SECONDS)
        notices = new()
        if not notices:
            raise CliError(
                f"{alarm.name} rang, but its history holds no notice after {NOTICE_SECONDS:.0f} s",
                advice="look at the alarm's history in the console",
                code="alarm_silent",
            )
        if not all(notice.sent for notice in notices):
            raise CliError(
                f"{alarm.name} rang, but its topic took no notice: {notices[0].detail}",
                advice="CloudWatch has to be let into the topic and its key: deploy the operations stack again",
                code="alarm_untold",
            )
        return "its topic took the notice"

    def _until(self, true: Callable[[], bool], seconds: float) -> None:
        """Waits until something is true, or the time is over."""
        end = self._services.clock() + seconds
        while not true() and self._services.clock() < end:
            self._services.sleep(INTERVAL)


def _decided(run: Document, session: Session) -> Found:
    """The decision of a run. One that needs approval counts; without one of its agents it proves too little."""
    run_id, status = str(run["run_id"]), str(run["status"])
    reasons = run.get("reasons") or ()
    code = outcome(status, [str(each.get("code")) for each in reasons])
    shown = f"conclave show {run_id}{session.options()}"
    if code not in (ExitCode.OK, ExitCode.APPROVAL_REQUIRED):
        told = "; ".join(f"{each.get('code')}: {each.get('detail')}" for each in reasons) or "no reason given"
        sample = f"conclave seed{session.options()} writes the sample of today, --incident FILE takes another incident"
        raise CliError(
            f"{run_id} is {status}: {told}",
            advice=sample if code is ExitCode.BAD_INPUT else shown,
            code=str(reasons[0].get("code")) if reasons else status,
            exit_code=code,
        )
    failures = [
        f"{each.get('name')} ({each['failure'].get('error')}: {each['failure'].get('cause')})"
        for each in run.get("agents") or ()
        if each.get("failure")
    ]
    if run.get("degraded"):
        raise CliError(
            f"{run_id} is {status}, but without {', '.join(failures) or 'all agents'}",
            advice=shown,
            code="degraded",
        )
    option = (run.get("decision") or {}).get("option_id", "")
    return Found(text=f"{run_id} is {status.replace('_', ' ')}: {option}, with all agents", advice=shown)


def _quiet(alarms: list[Alarm]) -> Alarm:
    """The alarm to try: one that does not ring already, and tells somebody."""
    if not alarms:
        raise CliError(
            "there is no alarm",
            advice="deploy the operations stack",
            code="alarm_missing",
            exit_code=ExitCode.UNREACHABLE,
        )
    mute = [alarm.name for alarm in alarms if not alarm.actions]
    if mute:
        raise CliError(
            f"no action is told by {', '.join(mute[:3])}{' and others' if len(mute) > 3 else ''}",
            advice="deploy the operations stack again",
            code="alarm_mute",
            exit_code=ExitCode.SETUP,
        )
    quiet = [alarm for alarm in alarms if alarm.state != "ALARM"]
    if not quiet:
        raise CliError(
            "every alarm rings already", advice="see to them first: docs/operations.md, Alarms", code="alarm_ringing"
        )
    return min(quiet, key=lambda alarm: (not alarm.name.endswith(f"-{PREFERRED}"), alarm.name))
