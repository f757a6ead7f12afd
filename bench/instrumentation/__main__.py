"""The cost of metrics and traces: ``python -m bench.instrumentation [--calls N] [--json]``.

An agent of the airline answers at once, over and over, in turn with all that is told of it and with none of it: figures in the
embedded metric format, thresholds of slow operations, and parts of the trace as datagrams to a socket of this process. The
difference of the processor's time between the two is the cost of a warm call. What its start takes is measured in fresh
processes, after what every function loads anyway: its logger and its wiring. Exits 1 when a bar is missed.
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
from collections.abc import Callable
from typing import Any

from conclave.clock import Deadline
from conclave.figures import Observe, unobserved
from conclave.functions.recorder import Recorder
from conclave.functions.tracing import XRayTracer
from conclave.pack import Pack, load_pack
from conclave.steps.run_agent import perform_agent
from conclave.testing.tables import MemoryTables
from conclave.types import Phase

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
from conclave.functions.observability import instruments
instruments()
print((time.process_time() - began) * 1000)
"""
"""The part of a start that metrics and traces add; the wiring loads the engine's types, clients and sockets in any case."""


def main() -> int:
    """Measures and prints; answers the exit code."""
    parser = options(__doc__)
    parser.add_argument("--calls", type=int, default=200, metavar="N", help="so many calls with and without (200)")
    asked = parser.parse_args()
    with_ms, without_ms, written, sent = calls(asked.calls)
    figures = {
        "calls": asked.calls,
        "call_with_ms": round(statistics.median(with_ms), 3),
        "call_without_ms": round(statistics.median(without_ms), 3),
        "call_ms": round(statistics.median(a - b for a, b in zip(with_ms, without_ms, strict=True)), 3),
        "start_ms": round(statistics.median(start() for _ in range(STARTS)), 2),
        "bytes_written_a_call": written // asked.calls,
        "parts_sent_a_call": round(sent / asked.calls, 1),
    }
    bars = {
        f"at most {CALL_MS} ms a warm agent call": figures["call_ms"] <= CALL_MS,
        f"at most {START_MS} ms of its start": figures["start_ms"] <= START_MS,
        "figures and parts of the trace were told": min(written, sent) > 0,
    }
    return report("instrumentation", figures, bars=bars, asked=asked)


def calls(count: int) -> tuple[list[float], list[float], int, int]:
    """Milliseconds of the processor of calls with and without, in turn; bytes written and parts sent by the former."""
    pack = load_pack("airline")
    tables = MemoryTables(pack.tables, {name: list(items) for name, items in pack.sample(DATE, SEED).items()})
    pack = instant(pack)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.setblocking(False)
        tracer = XRayTracer(f"127.0.0.1:{daemon.getsockname()[1]}", lambda: TRACE)
        figures = Recorder(
            service="conclave-bench-airline", namespace="Conclave", function="agent", slow=SLOW, trace=tracer.timed
        )
        found: dict[bool, list[float]] = {True: [], False: []}
        output, sent = io.StringIO(), 0
        for number in range(2 * (count + 1)):
            seen = bool(number % 2)
            work = prepared(pack, tables, figures if seen else unobserved)
            handler = figures.written(tracer.traced(work)) if seen else work
            with contextlib.redirect_stdout(output):
                began = time.process_time()
                handler({}, None)
                took = (time.process_time() - began) * 1000
            while seen and _received(daemon):
                sent += 1
            if number > 1:
                found[seen].append(took)
    return found[True], found[False], len(output.getvalue()), sent


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


def start() -> float:
    """Milliseconds of the processor that a fresh process takes more."""
    environment = {**os.environ, "POWERTOOLS_TRACE_DISABLED": "false", "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000"}
    environment |= {"POWERTOOLS_SERVICE_NAME": "bench", "SLOW_SECONDS": json.dumps(SLOW)}
    done = subprocess.run([sys.executable, "-c", START], env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def _received(daemon: socket.socket) -> bool:
    try:
        return bool(daemon.recv(65_536))
    except BlockingIOError:
        return False


if __name__ == "__main__":
    sys.exit(main())
