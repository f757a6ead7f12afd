"""Questions of a room to the engine's own model adapter, with the stand-in on loopback behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conclave.adapters.models.strands_model import StrandsModel, _shared_model
from conclave.agents.assess import Question
from conclave.agents.meter import Meter
from conclave.clock import Deadline
from conclave.routing.chains import only
from conclave.testing.models import agreeable
from msgspec import structs
from pipe_domain import MODEL, make_scene
from stand_in import StandIn, running

from local.bedrock.answerers import Answerer


@contextmanager
def wired_to(monkeypatch: pytest.MonkeyPatch, answerer: Answerer) -> Iterator[StandIn]:
    """A stand-in that answers as it is told, with the adapters pointed at it."""
    with running(answerer) as started:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": started.url,
        }.items():
            monkeypatch.setenv(name, value)
        _shared_model.cache_clear()
        yield started
        for model in _CLIENTS:
            model.close()
        _CLIENTS.clear()


_CLIENTS: list[Any] = []


def closed_later(model: StrandsModel) -> None:
    """Closes its client when the stand-in ends."""
    _CLIENTS.append(model._shared.client)


def strands_model(limit: float = 10.0) -> StrandsModel:
    model = StrandsModel(only(MODEL), "gr-1", "1", limit)
    closed_later(model)
    return model


class Capture:
    """A agreeable model that keeps what it was asked."""

    model_id = MODEL

    def __init__(self) -> None:
        self.questions: dict[str, Question] = {}

    def ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        self.questions.setdefault(question.agent.name, question)
        return agreeable(question)


def question(folder: Path, agent: str, seconds: float = 20.0) -> Question:
    capture = Capture()
    scene = make_scene(folder)
    room = scene.room
    object.__setattr__(room, "models", lambda _: capture)
    room.deliberate("run-1")
    asked = capture.questions[agent]
    object.__setattr__(asked, "deadline", Deadline(seconds))
    return asked


def name_the_supplier(asked: Question) -> None:
    """Says in the incident what the tool asks for."""
    pieces = [structs.replace(each, text=each.text.replace("pipe\nP1", "pipe,supplier\nP1,S")) for each in asked.pieces]
    object.__setattr__(asked, "pieces", pieces)
