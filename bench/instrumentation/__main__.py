"""The cost of metrics and traces: ``python -m bench.instrumentation [--calls N] [--json]``.

An agent of the airline answers at once, over and over, in turn with none of what is told of it and with all: figures in the
embedded metric format, thresholds of slow operations, and parts of the trace, as datagrams to a socket of this process (X-Ray)
or as a request to a collector in a process of its own (OTLP). The difference of the processor's time is the cost of a warm call.
What its start takes is measured in fresh processes, after what every function loads anyway: its logger and its wiring; beside
it stands what OpenTelemetry's SDK, without an exporter, would take. Exits 1 when a bar is missed.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conclave.clock import Deadline
from conclave.figures import Observe, unobserved
from conclave.functions.otlp_tracer import OtlpTracer
from conclave.functions.recorder import Recorder
from conclave.functions.tracing import TracerPort, XRayTracer
from conclave.pack import Pack, load_pack
from conclave.steps.run_agent import perform_agent
from conclave.testing.tables import MemoryTables
from conclave.types import Phase

from bench.instrumentation.collector import collector, sent_to
from bench.overhead.whole import DATE, SEED, instant, scripted_room
from bench.report import options, report

CALL_MS, START_MS = 3.0, 25.0
STARTS = 7
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
SLOW = {"AgentSeconds": 20.0, "ModelSeconds": 15.0, "ToolSeconds": 2.0}
START = """
import time
from aws_lambda_powertools import Logger
import conclave.functions.wiring
Logger(log_uncaught_exceptions=False)
began = time.process_time()
{what}
print((time.process_time() - began) * 1000)
"""
"""The part of a start that metrics and traces add; the wiring loads the engine's types, clients and sockets in any case."""
INSTRUMENTS = "from conclave.functions.observability import instruments; instruments()"
SDK = "import opentelemetry.sdk.trace, opentelemetry.sdk.trace.export"
XRAY = {"POWERTOOLS_TRACE_DISABLED": "false", "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000"}
OTLP = {"OTLP_ENDPOINT": "http://127.0.0.1:4318"}


def main() -> int:
    """Measures and prints; answers the exit code."""
    parser = options(__doc__)
    parser.add_argument("--calls", type=int, default=200, metavar="N", help="so many calls with and without (200)")
    asked = parser.parse_args()
    with collector() as url:
        found = calls(asked.calls, url)
    starts = {"start_ms": (INSTRUMENTS, XRAY), "otlp_start_ms": (INSTRUMENTS, OTLP), "otel_sdk_start_ms": (SDK, {})}
    figures = {
        "calls": asked.calls,
        "call_without_ms": round(statistics.median(found.without), 3),
        "call_ms": round(added(found.xray, found.without), 3),
        "otlp_call_ms": round(added(found.otlp, found.without), 3),
        **{
            name: round(statistics.median(start(what, given) for _ in range(STARTS)), 2)
            for name, (what, given) in starts.items()
        },
        "bytes_written_a_call": found.written // (2 * asked.calls),
        "parts_sent_a_call": round(found.parts / asked.calls, 1),
        "otlp_bytes_sent_a_call": found.bytes_sent // asked.calls,
    }
    bars = {
        f"at most {CALL_MS} ms a warm agent call": max(figures["call_ms"], figures["otlp_call_ms"]) <= CALL_MS,
        f"at most {START_MS} ms of its start": max(figures["start_ms"], figures["otlp_start_ms"]) <= START_MS,
        "figures and parts of the trace were told": min(found.written, found.parts, found.bytes_sent) > 0,
    }
    return report("instrumentation", figures, bars=bars, asked=asked)


@dataclass(slots=True)
class Found:
    """Milliseconds of the processor of each call, by what was told of it, and how much that was."""

    without: list[float] = field(default_factory=list)
    xray: list[float] = field(default_factory=list)
    otlp: list[float] = field(default_factory=list)
    written: int = 0
    parts: int = 0
    bytes_sent: int = 0


def added(with_ms: list[float], without_ms: list[float]) -> float:
    """The median of what a call took more than the one before it without."""
    return statistics.median(a - b for a, b in zip(with_ms, without_ms, strict=True))


def calls(count: int, url: str) -> Found:
    """Calls without and with either trace, in turn; ``url`` is the collector's."""
    pack = load_pack("airline")
    tables = MemoryTables(pack.tables, {name: list(items) for name, items in pack.sample(DATE, SEED).items()})
    pack, found, output = instant(pack), Found(), io.StringIO()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.setblocking(False)
        xray = seen_by(XRayTracer(f"127.0.0.1:{daemon.getsockname()[1]}", lambda: TRACE))
        otlp = seen_by(OtlpTracer(url, "conclave-bench-airline", "agent"))
        for number in range(count + 1):
            for told, seen in ((found.without, None), (found.xray, xray), (found.otlp, otlp)):
                work = prepared(pack, tables, seen[1] if seen else unobserved)
                handler = seen[1].written(seen[0].traced(work)) if seen else work
                with contextlib.redirect_stdout(output):
                    began = time.process_time()
                    handler({"run_id": "run"}, None)
                    took = (time.process_time() - began) * 1000
                while _received(daemon):
                    found.parts += 1
                if number:  # the first of each opens connections and loads what is loaded on first use
                    told.append(took)
    found.written = len(output.getvalue())
    found.bytes_sent = sent_to(url)
    return found


def seen_by(tracer: TracerPort) -> tuple[TracerPort, Recorder]:
    """A tracer, and figures that hand it the parts of the work."""
    figures = Recorder(
        service="conclave-bench-airline", namespace="Conclave", function="agent", slow=SLOW, trace=tracer.timed
    )
    return tracer, figures


def prepared(pack: Pack, tables: Any, observe: Observe) -> Callable[[Any, Any], Any]:
    """The first answer of the first agent of a run that is framed, as a handler."""
    room = scripted_room(pack, tables)
    fence, agent = room.frame("run").fence, pack.specialists[0]

    def answer(event: Any, context: Any) -> Any:
        del event, context
        return perform_agent(
            room.context("run", fence),
            Phase.RECOMMEND,
            agent_name=agent.name,
            tables=lambda _: tables,
            models=lambda agent, _: room.models(agent),
            prices=room.prices,
            deadline=Deadline(pack.time_limit(agent)),
            observe=observe,
        )

    return answer


def start(what: str, given: Mapping[str, str]) -> float:
    """Milliseconds of the processor that a fresh process takes more for something, in an environment with these variables."""
    environment = {**os.environ, "POWERTOOLS_SERVICE_NAME": "bench", "SLOW_SECONDS": json.dumps(SLOW), **given}
    code = START.replace("{what}", what)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def _received(daemon: socket.socket) -> bool:
    try:
        return bool(daemon.recv(65_536))
    except BlockingIOError:
        return False


if __name__ == "__main__":
    sys.exit(main())
