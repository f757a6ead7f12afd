"""Runs the stand-in: ``python -m local.bedrock.start --port 4599 --control-plane http://127.0.0.1:4566``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import uvicorn

from local.bedrock.answerers import Answerer, BedrockAnswerer, ChatAnswerer, OfflineAnswerer
from local.bedrock.attacks.hijacked import HijackedAnswerer
from local.bedrock.guardrails.guarding import ControlPlane
from local.bedrock.server import BedrockRuntime, application
from local.bedrock.throttling import ThrottleCount
from local.bedrock.wire.latency import Latency, LatencyInvalid
from local.settings import AWS_MODELS, LOOPBACK


def answerer_for(endpoint: str, model: str) -> Answerer:
    """The answerer: the offline policy for an empty endpoint, Bedrock for ``aws``, otherwise the server at that URL."""
    if not endpoint:
        return OfflineAnswerer()
    return BedrockAnswerer() if endpoint == AWS_MODELS else ChatAnswerer(endpoint, model)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serves on the loopback interface until told to end."""
    parser = argparse.ArgumentParser(description="A stand-in for bedrock-runtime on this machine")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--control-plane", required=True, help="URL of the emulator that knows the guardrails")
    parser.add_argument("--model-endpoint", default="", help="OpenAI-compatible base URL, or 'aws'")
    parser.add_argument("--model-name", default="", help="model to ask at the model endpoint")
    parser.add_argument("--hijacked", type=int, help="let an attacker with this seed own every token of every answer")
    parser.add_argument("--latency", default="", help="for example ttft=0.8,token=0.012,seed=7")
    options = parser.parse_args(arguments)
    try:
        latency = Latency.parse(options.latency)
    except LatencyInvalid as error:
        parser.error(str(error))
    answerer = answerer_for(options.model_endpoint, options.model_name)
    if options.hijacked is not None:
        answerer = HijackedAnswerer(options.hijacked)
    runtime = BedrockRuntime(
        answerer, ControlPlane(options.control_plane), latency, ThrottleCount(options.control_plane)
    )
    uvicorn.run(
        application(runtime),
        host=LOOPBACK,
        port=options.port,
        log_level="info",
        access_log=False,
        timeout_keep_alive=75,
        # A hang on request must not keep the process from ending.
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
