"""The local cloud as one object: start, bootstrap, deploy, look, stop."""

from __future__ import annotations

import os
import shutil
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from local import cdk, stacks
from local.console import process as console
from local.errors import CloudError
from local.processes import ProcessId, alone, require_model_server, spawn, wait_for, wait_until_free
from local.settings import AWS_MODELS, LOOPBACK, REGION, Settings
from local.state import State

LOCAL_STAGE = "local"
BOOTSTRAP_STACK = "CDKToolkit"
P = ParamSpec("P")
R = TypeVar("R")
Progress = Callable[[str], None]


def silent(message: str) -> None:
    """A progress that nobody wants to see."""


@dataclass(frozen=True, slots=True)
class Status:
    """The status of the local cloud: its processes, their URLs, and its packs.

    Attributes:
        running: Both processes answer.
        emulator: Process id of the emulator, 0 when it does not run.
        bedrock: Process id of the stand-in for Bedrock, 0 when it does not run.
        endpoint: URL of the emulator.
        bedrock_endpoint: URL of the stand-in.
        bootstrapped: ``cdk bootstrap`` has been done on this emulator.
        packs: Packs deployed to it.
        started_at: Seconds since the epoch, 0 when it does not run.
        models: Who answers: ``offline policy``, the URL of a model endpoint, or ``aws``; empty when nobody does.
        lost: The emulator was started and has ended without ``stop``: what it held is gone.
        console: URL of the console, empty when it does not run.
    """

    running: bool
    emulator: int
    bedrock: int
    endpoint: str
    bedrock_endpoint: str
    bootstrapped: bool
    packs: tuple[str, ...]
    started_at: float
    models: str
    lost: bool
    console: str


def _models(options: Sequence[str]) -> str:
    """The name or URL of what answers in a stand-in that was started with these options."""
    named = dict(zip(options[::2], options[1::2], strict=True)).get("--model-endpoint", "")
    return named or "offline policy"


def _one_at_a_time(method: Callable[Concatenate[Cloud, P], R]) -> Callable[Concatenate[Cloud, P], R]:
    """Two commands at once must not start two emulators, nor deploy into each other's output."""

    @wraps(method)
    def waiting(cloud: Cloud, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with alone(cloud.settings.folder / "lock"):
            return method(cloud, *args, **kwargs)

    return waiting


class Cloud:
    """An emulated AWS and a stand-in for Bedrock on this machine's loopback interface.

    Args:
        root: The project's folder.
        settings: Ports and options; read from the environment when left out.
    """

    def __init__(self, root: Path, settings: Settings | None = None) -> None:
        self.settings = settings or Settings.from_env(root)
        self._file = self.settings.folder / "state.json"

    @_one_at_a_time
    def start(self, progress: Progress = silent) -> bool:
        """Starts both processes and waits until they answer; does nothing when they run already.

        Returns:
            Whether anything had to be started.

        Raises:
            CloudError: A port is taken by another program, a process did not come up, or no model server answers.
        """
        if self.settings.model_endpoint not in {"", AWS_MODELS}:
            require_model_server(self.settings.model_endpoint, self.settings.model_name)
        state = State.load(self._file)
        emulator_runs, bedrock_runs = state.emulator.alive(), state.bedrock.alive()
        if (emulator_runs or bedrock_runs) and not self._same_ports(state):
            raise CloudError(
                f"the local cloud already runs on ports {state.port} and {state.bedrock_port}; stop it first"
            )
        code = cdk.digest(Path(__file__).parent.rglob("*.py"))
        if (emulator_runs or bedrock_runs) and state.code != code:
            progress("the local cloud's own code has changed: starting it anew")
            for process in (state.emulator, state.bedrock):
                process.stop()
            emulator_runs = bedrock_runs = False
        if bedrock_runs and state.bedrock_options != self._bedrock_options():
            # Another model or latency was asked for: the stand-in keeps nothing that would be lost.
            state.bedrock.stop()
            bedrock_runs = False
        if emulator_runs and bedrock_runs:
            return False
        if not bedrock_runs:
            progress("starting the Bedrock stand-in")
            state.bedrock = self._spawn_bedrock()
            state.bedrock_options = self._bedrock_options()
        if not emulator_runs:
            progress("starting the AWS emulator")
            emulator = self._spawn_emulator(state)
            state = State(
                instance=uuid.uuid4().hex,
                port=self.settings.port,
                bedrock_port=self.settings.bedrock_port,
                started_at=time.time(),
                emulator=emulator,
                bedrock=state.bedrock,
                bedrock_options=state.bedrock_options,
                code=code,
            )
        state.save(self._file)
        self._await(state)
        return True

    @_one_at_a_time
    def stop(self) -> bool:
        """Ends both processes and the functions' workers, by process id.

        Returns:
            Whether anything was running.
        """
        return self._stop()

    def status(self) -> Status:
        """The status of the local cloud right now."""
        state = State.load(self._file)
        emulator = state.emulator.pid if state.emulator.alive() else 0
        bedrock = state.bedrock.pid if state.bedrock.alive() else 0
        return Status(
            running=bool(emulator and bedrock),
            emulator=emulator,
            bedrock=bedrock,
            endpoint=self.settings.endpoint,
            bedrock_endpoint=self.settings.bedrock_endpoint,
            bootstrapped=bool(emulator) and state.bootstrapped,
            packs=tuple(sorted(state.deployed)) if emulator else (),
            started_at=state.started_at if emulator else 0.0,
            models=_models(state.bedrock_options) if bedrock else "",
            lost=bool(state.emulator.pid and not emulator),
            console=self.settings.console_endpoint if console.running(self.settings) else "",
        )

    @_one_at_a_time
    def show_console(self) -> str:
        """Starts the console's page server where the console was built; answers why it does not run, or nothing."""
        return console.start(self.settings, self._environment())

    @_one_at_a_time
    def bootstrap(self, progress: Progress = silent) -> bool:
        """Runs ``cdk bootstrap`` once per start of the emulator.

        Returns:
            Whether it had to be run.

        Raises:
            CloudError: The local cloud does not run, or the CDK CLI failed.
        """
        state = self._running_state()
        if state.bootstrapped and stacks.stand(self.client("cloudformation"), [BOOTSTRAP_STACK]):
            return False
        progress("cdk bootstrap")
        cdk.bootstrap(self.settings)
        state.bootstrapped = True
        state.save(self._file)
        return True

    @_one_at_a_time
    def deploy(self, pack: str, stage: str = LOCAL_STAGE, progress: Progress = silent) -> bool:
        """Runs ``cdk deploy`` for a pack, unless exactly this is deployed already.

        Returns:
            Whether it had to be run.

        Raises:
            CloudError: The local cloud does not run, or the CDK CLI failed.
        """
        state = self._running_state()
        wanted = cdk.fingerprint(self.settings.root, (pack, stage))
        # The note is not believed alone: somebody may have destroyed a stack.
        formation = self.client("cloudformation")
        if state.deployed.get(pack) == wanted and stacks.stand(formation, cdk.stack_names(self.settings, pack)):
            return False
        progress(f"cdk deploy of pack {pack}")
        # A deploy that fails half-way leaves something else than what the last hash says.
        state.deployed.pop(pack, None)
        state.save(self._file)
        try:
            cdk.deploy(self.settings, pack=pack, stage=stage, progress=progress)
        except CloudError as error:
            if not cdk.reached_cloudformation(error.log):
                raise
            resource = stacks.failure(formation, cdk.stack_names(self.settings, pack))
            raise CloudError(f"cdk deploy failed: {resource}", error.log) if resource else error from None
        state.deployed[pack] = wanted
        state.save(self._file)
        return True

    def client(self, service: str, stage: str = LOCAL_STAGE) -> Any:
        """A boto3 client for a service: of the local cloud, or of the user's AWS account for any other stage."""
        import boto3
        from botocore.config import Config

        # The service is a value here, which the typed overloads of boto3 do not know.
        session: Any = boto3.Session()
        if stage != LOCAL_STAGE:
            return session.client(service)
        endpoint = self.settings.bedrock_endpoint if service == "bedrock-runtime" else self.settings.endpoint
        return session.client(
            service,
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id=self.settings.credentials["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.settings.credentials["AWS_SECRET_ACCESS_KEY"],
            config=Config(
                retries={"mode": "standard", "max_attempts": 2},
                connect_timeout=2,
                proxies={},
                s3={"addressing_style": "path"},
            ),
        )

    def outputs(self, stage: str, pack: str) -> dict[str, str]:
        """The outputs of all stacks of a stage and pack, by name.

        Raises:
            CloudError: Nothing of that name is deployed, or CloudFormation cannot be reached.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        prefix = f"Conclave-{stage}-{pack}-".replace("_", "-")
        try:
            pages = self.client("cloudformation", stage).get_paginator("describe_stacks").paginate()
            found = [stack for page in pages for stack in page["Stacks"] if stack["StackName"].startswith(prefix)]
        except (BotoCoreError, ClientError) as error:
            hint = "run: conclave up" if stage == LOCAL_STAGE else "check your AWS credentials and region"
            raise CloudError(f"CloudFormation does not answer ({type(error).__name__}); {hint}") from error
        if not found:
            hint = (
                f"conclave up --pack {pack}"
                if stage == LOCAL_STAGE
                else f"cdk deploy --all -c stage={stage} -c pack={pack}"
            )
            raise CloudError(f"pack '{pack}' is not deployed on stage '{stage}'; run: {hint}")
        # What one stack exports for another is not an output for people and programs.
        stated = [each for stack in found for each in stack.get("Outputs", ()) if not each.get("ExportName")]
        return {each["OutputKey"]: each["OutputValue"] for each in stated}

    def _stop(self) -> bool:
        console.stop(self.settings)
        state = State.load(self._file)
        running = [process for process in (state.emulator, state.bedrock) if process.alive()]
        for process in running:
            process.stop()
        self._file.unlink(missing_ok=True)
        shutil.rmtree(self.settings.folder / "tmp", ignore_errors=True)
        return bool(running)

    def _running_state(self) -> State:
        state = State.load(self._file)
        if not (state.emulator.alive() and state.bedrock.alive()):
            raise CloudError("the local cloud does not run; run: conclave up")
        return state

    def _same_ports(self, state: State) -> bool:
        return (state.port, state.bedrock_port) == (self.settings.port, self.settings.bedrock_port)

    def _await(self, state: State) -> None:
        try:
            wait_for(
                f"{self.settings.bedrock_endpoint}/_control/health",
                state.bedrock,
                name="Bedrock stand-in",
                log=self.settings.logs / "bedrock.log",
            )
            wait_for(
                f"{self.settings.endpoint}/_ministack/health",
                state.emulator,
                name="AWS emulator",
                log=self.settings.logs / "emulator.log",
            )
        except CloudError:
            self._stop()
            raise

    def _bedrock_options(self) -> list[str]:
        options = ["--port", str(self.settings.bedrock_port), "--control-plane", self.settings.endpoint]
        if self.settings.model_endpoint:
            options += ["--model-endpoint", self.settings.model_endpoint, "--model-name", self.settings.model_name]
        if self.settings.latency:
            options += ["--latency", self.settings.latency]
        return options

    def _spawn_bedrock(self) -> ProcessId:
        self._free("CONCLAVE_BEDROCK_PORT", self.settings.bedrock_port)
        return spawn(
            [sys.executable, "-I", "-m", "local.bedrock.start", *self._bedrock_options()],
            environment=self._environment() | self._account(),
            cwd=self.settings.folder,
            log=self.settings.logs / "bedrock.log",
        )

    def _account(self) -> dict[str, str]:
        """Variables that the stand-in needs to ask Bedrock itself: the user's own credentials, and only then."""
        if self.settings.model_endpoint != AWS_MODELS:
            return {}
        wanted = {
            name: value for name, value in os.environ.items() if name.startswith("AWS_") and "ENDPOINT" not in name
        }
        return wanted | {
            name: os.environ[name] for name in ("HOME", "HTTPS_PROXY", "https_proxy") if name in os.environ
        }

    def _spawn_emulator(self, state: State) -> ProcessId:
        try:
            self._free("CONCLAVE_PORT", self.settings.port)
        except CloudError:
            state.bedrock.stop()
            raise
        environment = {
            **self._environment(),
            **self.settings.credentials,
            "GATEWAY_PORT": str(self.settings.port),
            # Every role is held to its policies, and each function acts as its own.
            "AUTH": "true",
            "BIND_HOST": LOOPBACK,
            # These would listen on every interface of the machine, and nobody here speaks MQTT or SFTP.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_HOST": LOOPBACK,
            "MINISTACK_HOST": LOOPBACK,
            "MINISTACK_REGION": REGION,
            "LOG_LEVEL": "INFO",
            # The queue in front of the workers is the bound; this one would refuse whoever waits there.
            "LAMBDA_ACCOUNT_CONCURRENCY": "0",
            # What the functions see: everything at the emulator, but for the model.
            "AWS_ENDPOINT_URL": self.settings.endpoint,
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": self.settings.bedrock_endpoint,
        }
        return spawn(
            [
                *(sys.executable, "-I", "-m", "local.emulator.start"),
                *(str(self.settings.folder / "runtime"), str(self.settings.workers)),
                *([str(self.settings.invocations)] if self.settings.invocations else ()),
            ],
            environment=environment,
            cwd=self.settings.folder,
            log=self.settings.logs / "emulator.log",
        )

    def _free(self, variable: str, port: int) -> None:
        # A process that was killed just now may hold its port for a moment longer.
        if not wait_until_free(port, seconds=1.0):
            raise CloudError(
                f"port {port} is used by another program; stop it, or choose another with {variable}=<port>"
            )

    def _environment(self) -> dict[str, str]:
        """The environment of the processes, and with them of the functions: next to nothing of this machine."""
        temporary = self.settings.folder / "tmp"
        home = self.settings.folder / "home"
        for folder in (temporary, home):
            folder.mkdir(parents=True, exist_ok=True)
        return {
            "PATH": os.defpath,
            "HOME": str(home),
            "TMPDIR": str(temporary),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "NO_PROXY": "127.0.0.1,localhost",
        }
