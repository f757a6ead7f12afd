"""Cold starts of every deployed function beside stock Strands and stock boto3: ``python -m bench.cold_start [--rounds 5]``.

Each start is a fresh process of an interpreter that holds nothing, with the synthesised code, the filled layers with byte code
and the runtime's environment. It imports the handler (``import_seconds``: Lambda's init phase), then answers one event of a
real run (``first_answer_seconds``, from the start of the process to the handler's answer) and the same event once more
(``warm_seconds``). ``processor_seconds`` is the processor time up to the first answer, which a busy machine changes least. Stores
and models stand on loopback and play back what they answered the first time. Each function starts in turn with its stock
neighbour; ratios are within such a pair, figures are medians over the rounds.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conclave.pack import load_pack
from moto import mock_aws

from bench.report import options, report
from bench.starting import assembly
from bench.starting.assembly import PACK, PREFIX, Function
from bench.starting.journey import Journey, fill
from bench.starting.stand_in import REGION, StandIn, stand_in
from local.emulator.runtime import bare_interpreter

CONNECTIONS = "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"
"""Where a function reaches the connections of clients, which only a deployment knows."""
PROBE = Path(assembly.HERE) / "probe.py"
STOCK_EVENTS: Mapping[str, Mapping[str, Any]] = {
    "stock_boto3": {"key": {"run_id": {"S": "none"}, "record": {"S": "META"}}},
    "stock_strands": {"system": "You answer in one word.", "question": "Are you there?"},
}
BARS = {"agent": 0.90, "light": 1.10, "frame": 1.80}
STARTS = {"frame": 3}
"""Starts of each function in a round, by its kind, where it is not one: few functions are of that kind, and a median of five
pairs moves by a twentieth from run to run."""
MOST_MODULES, MOST_RSS_MB = 910, 65
MOST_LAYERS_MB = {"agent": 34, "light": 15}
Start = dict[str, Any]


def main() -> int:
    """Measures and prints; with ``--json`` one document. Answers 1 when a bar was missed."""
    parser = options(__doc__)
    parser.add_argument(
        "--rounds", type=int, default=5, help="rounds that count, of one start of each function, or three"
    )
    parser.add_argument("--only", nargs="*", default=(), metavar="NAME", help="functions to measure; all by default")
    parser.add_argument(
        "--assembly", type=Path, metavar="FOLDER", help="synthesised stacks; are made there if it is empty"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        functions = assembly.functions(asked.assembly or folder / "cdk.out")
        stock = assembly.stock(folder)
        for name, value in _credentials().items():
            os.environ[name] = value
        with mock_aws(), stand_in() as served:
            lab = Laboratory(functions | stock, served, bare_interpreter(folder / "runtime"), fill(load_pack(PACK)))
            journey = Journey(load_pack(PACK))
            journey.travel(lambda name, event: lab.start(name, event)["answer"])
            events = {**journey.events, **STOCK_EVENTS}
            wanted = [name for name in functions if not asked.only or name in asked.only]
            pairs = _rounds(lab, wanted, events, asked.rounds)
            imports = {kind: lab.imports(name) for kind, name in _examples(functions).items()}
        figures = _figures(pairs, functions)
        figures["layers"] = [_layers(kind, functions[name]) for kind, name in _examples(functions).items()]
        figures["imports"] = [
            {"name": f"{kind}: {module}", "ms": ms} for kind in imports for module, ms in imports[kind]
        ]
    return report("cold_start", figures, bars=_bars(figures), asked=asked)


_KINDS = {"converse": "converse", "frame": "frame", "settle": "frame", "take": "frame"}


def kind_of(name: str) -> str:
    """``agent``, ``converse``, which asks models and plans, ``frame`` or ``light``."""
    return "agent" if name.startswith("agent-") else _KINDS.get(name, "light")


def neighbour(name: str) -> str:
    """The stock library that a function is measured beside."""
    return "stock_strands" if kind_of(name) in ("agent", "converse") else "stock_boto3"


@dataclass(frozen=True, slots=True)
class Laboratory:
    """Starts functions, one at a time.

    Attributes:
        functions: By name.
        served: Stores and models.
        interpreter: An interpreter that holds nothing.
        resources: Values of variables that only a deployment knows.
    """

    functions: Mapping[str, Function]
    served: StandIn
    interpreter: Path
    resources: Mapping[str, str]

    def start(self, name: str, event: Mapping[str, Any]) -> Start:
        """Starts a function and lets it answer an event twice.

        Raises:
            RuntimeError: It failed; the message is what it wrote.
        """
        function = self.functions[name]
        self.served.turn(name)
        command = [str(self.interpreter), "-I", "-B", str(PROBE), json.dumps(event), str(function.code)]
        begun = time.monotonic()
        process = subprocess.Popen(
            [*command, *map(str, function.layers)],
            env=self.environment(function),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        said, failed = process.communicate()
        if process.returncode:
            raise RuntimeError(f"{name} does not answer:\n{failed}")
        found: Start = json.loads(said.rpartition("\n")[2])
        return {
            "answer": found["answer"],
            "import_seconds": found["imported"] - begun,
            "request_seconds": found["first"] - found["imported"],
            "first_answer_seconds": found["first"] - begun,
            "processor_seconds": found["processor_first"],
            "warm_seconds": found["second"] - found["first"],
            "rss_mb": found["rss_mb"],
            "modules": found["modules"],
        }

    def imports(self, name: str) -> list[tuple[str, float]]:
        """The ten modules whose own code takes longest to import, ms, without what they import."""
        function = self.functions[name]
        code = f"import sys; sys.path[:0] = {[str(function.code), *map(str, function.layers)]}; import handler"
        ran = subprocess.run(
            [str(self.interpreter), "-I", "-B", "-X", "importtime", "-c", code],
            env=self.environment(function),
            capture_output=True,
            text=True,
            check=True,
        )
        rows = [line.removeprefix("import time:").split("|") for line in ran.stderr.splitlines() if "|" in line][1:]
        spent: dict[str, int] = {}
        for own, _, module in rows:
            package = ".".join(module.strip().split(".")[:1])
            spent[package] = spent.get(package, 0) + int(own)
        return [(module, us / 1000) for module, us in sorted(spent.items(), key=lambda each: -each[1])[:10]]

    def environment(self, function: Function) -> dict[str, str]:
        """The variables of a function, as Lambda sets them."""
        given = {name: self.resources.get(name, value) for name, value in function.environment.items()}
        if zones := given.get("PYTHONTZPATH"):
            given["PYTHONTZPATH"] = str(function.layers[0]) + zones.removeprefix("/opt/python")
        if CONNECTIONS in given:
            given[CONNECTIONS] = f"{self.served.url}/live"
        return {
            **_runtime(function),
            **_credentials(),
            "RUNS_TABLE": f"{PREFIX}-runs",
            **given,
            "AWS_ENDPOINT_URL": self.served.url,
        }


def _runtime(function: Function) -> dict[str, str]:
    """The variables that Lambda sets for a function (Lambda developer guide, "Defined runtime environment variables")."""
    return {
        "PATH": os.defpath,
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        "AWS_LAMBDA_FUNCTION_NAME": f"{PREFIX}-{function.name}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{PREFIX}-{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
        "LAMBDA_TASK_ROOT": str(function.code),
    }


def _credentials() -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_SESSION_TOKEN": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }


def _rounds(
    lab: Laboratory, names: Sequence[str], events: Mapping[str, Mapping[str, Any]], rounds: int
) -> dict[str, list[tuple[Start, Start]]]:
    """For each function, its starts and those of its neighbour right before; the first round of all only warms the disk."""
    found: dict[str, list[tuple[Start, Start]]] = {name: [] for name in names}
    for round_number in range(rounds + 1):
        for name in (each for each in names for _ in range(STARTS.get(kind_of(each), 1))):
            stock = neighbour(name)
            pair = lab.start(stock, events[stock]), lab.start(name, events[name])
            if round_number:
                found[name].append(pair)
    return found


def _figures(pairs: Mapping[str, Sequence[tuple[Start, Start]]], functions: Mapping[str, Function]) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for stock in STOCK_EVENTS:
        starts = [pair[0] for name, each in pairs.items() if neighbour(name) == stock for pair in each]
        if starts:
            figures[stock] = _medians(starts)
    figures["ratios"] = {}
    for kind in BARS:
        found = {name: _ratio(each) for name, each in pairs.items() if kind_of(name) == kind}
        if found:
            figures["ratios"] |= {kind: round(statistics.median(found.values()), 3)}
    figures["functions"] = [
        {
            "name": name,
            **_medians([pair[1] for pair in each]),
            "ratio": round(_ratio(each), 3),
            "ratio_processor": round(_ratio(each, "processor_seconds"), 3),
        }
        for name, each in pairs.items()
    ]
    return figures


def _ratio(pairs: Sequence[tuple[Start, Start]], key: str = "first_answer_seconds") -> float:
    own, stock = ([float(each[place][key]) for each in pairs] for place in (1, 0))
    return statistics.median(own) / statistics.median(stock)


def _medians(starts: Sequence[Start]) -> dict[str, float]:
    names = [name for name in starts[0] if name != "answer"]
    found = {name: statistics.median(start[name] for start in starts) for name in names}
    return {name: int(value) if name == "modules" else round(value, 4) for name, value in found.items()}


def _examples(functions: Mapping[str, Function]) -> dict[str, str]:
    """A function of each kind."""
    return {kind_of(name): name for name in sorted(functions, reverse=True)}


def _layers(kind: str, function: Function) -> dict[str, Any]:
    unzipped, zipped = assembly.sizes(function)
    return {"name": kind, "unzipped_mb": round(unzipped, 2), "zipped_mb": round(zipped, 2)}


def _bars(figures: Mapping[str, Any]) -> dict[str, bool]:
    bars = {
        f"{kind}: first answer at most {most} of {neighbour(f'{kind}-') if kind == 'agent' else 'stock_boto3'}": figures[
            "ratios"
        ][kind]
        <= most
        for kind, most in BARS.items()
        if kind in figures["ratios"]
    }
    agents = [each for each in figures["functions"] if kind_of(each["name"]) == "agent"]
    bars |= {
        f"agent: at most {MOST_MODULES} modules": all(each["modules"] <= MOST_MODULES for each in agents),
        f"agent: at most {MOST_RSS_MB} MB": all(each["rss_mb"] <= MOST_RSS_MB for each in agents),
    }
    return bars | {
        f"{each['name']}: layers at most {MOST_LAYERS_MB[each['name']]} MB unzipped": each["unzipped_mb"]
        <= MOST_LAYERS_MB[each["name"]]
        for each in figures["layers"]
        if each["name"] in MOST_LAYERS_MB
    }


if __name__ == "__main__":
    sys.exit(main())
