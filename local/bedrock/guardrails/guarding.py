"""Guardrails within a conversation: where a policy comes from, what of a request it reads, what an intervention answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.bedrock.guardrails.guardrail import Evaluation, Policy, Source, evaluate
from local.bedrock.wire.requests import ServiceError, invalid

PolicySource = Callable[[str, str], Awaitable[Policy]]


class ControlPlane:
    """Reads guardrails from the ``bedrock`` API of the emulator. Published versions never change, so they are kept.

    Args:
        endpoint: URL of the emulator.
    """

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._known: dict[tuple[str, str], Policy] = {}
        self._client: Any = None

    async def __call__(self, identifier: str, version: str) -> Policy:
        """The guardrail's policy.

        Raises:
            ServiceError: There is no such guardrail, or the control plane does not answer.
        """
        key = (identifier, version)
        if key not in self._known:
            policy = await asyncio.to_thread(self._read, identifier, version)
            if version == "DRAFT":
                return policy
            self._known[key] = policy
        return self._known[key]

    def _read(self, identifier: str, version: str) -> Policy:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError

        self._client = self._client or boto3.client(
            "bedrock",
            endpoint_url=self._endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2}, proxies={}),
        )
        try:
            answered: Policy = self._client.get_guardrail(guardrailIdentifier=identifier, guardrailVersion=version)
        except ClientError as error:
            raise invalid("The guardrail identifier or version provided in the request does not exist.") from error
        except BotoCoreError as error:
            raise ServiceError(
                "ServiceUnavailableException", f"the control plane does not answer: {error}", 503
            ) from error
        return answered


@dataclass(frozen=True, slots=True)
class Verdict:
    """A guardrail's verdict on one direction of a conversation.

    Attributes:
        blocked: The text to answer instead; ``None`` to go on.
        masked: Replacements of texts in which personal data was found.
        trace: ``GuardrailAssessment`` per guardrail id; empty when nothing was found.
    """

    blocked: str | None
    masked: Mapping[str, str]
    trace: Mapping[str, Any]


def input_texts(parameters: Mapping[str, Any]) -> Sequence[str]:
    """Texts of a request that a guardrail reads: guarded blocks if any, otherwise all texts of the user's messages.

    Tool results travel in the user's messages, so they are read too. The system prompt is not.
    """
    blocks = [block for message in parameters["messages"] if message["role"] == "user" for block in message["content"]]
    guarded = [*_guarded(parameters.get("system") or ()), *_guarded(blocks)]
    return guarded or [text for block in blocks for text in _plain(block)]


def _guarded(blocks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for block in blocks:
        text = (block.get("guardContent") or {}).get("text")
        if text:
            yield text["text"]


def _plain(block: Mapping[str, Any]) -> Iterator[str]:
    if "text" in block:
        yield block["text"]
    for part in (block.get("toolResult") or {}).get("content") or ():
        if "text" in part:
            yield part["text"]


def as_read(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The messages as a model reads them: what the guardrail was shown is plain text, adjoining texts are one."""
    return [{**message, "content": _one_text(message["content"])} for message in messages]


def _one_text(blocks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    joined: list[dict[str, Any]] = []
    for block in blocks:
        text = ((block.get("guardContent") or {}).get("text") or block).get("text")
        if not isinstance(text, str):
            joined.append(dict(block))
        elif joined and set(joined[-1]) == {"text"}:
            joined[-1] = {"text": joined[-1]["text"] + text}
        else:
            joined.append({"text": text})
    return joined


def assess(policy: Policy, identifier: str, texts: Sequence[str], source: Source) -> Verdict:
    """Evaluates all texts of one direction."""
    found = {text: evaluate(policy, text, source) for text in dict.fromkeys(texts)}
    blocking = [each for each in found.values() if each.blocked]
    message = policy["blockedInputMessaging" if source == "INPUT" else "blockedOutputsMessaging"]
    return Verdict(
        blocked=message if blocking else None,
        masked={text: each.masked for text, each in found.items() if each.masked != text},
        trace={identifier: merged(found.values())} if any(each.assessment for each in found.values()) else {},
    )


def merged(evaluations: Any) -> dict[str, Any]:
    """The assessments of several texts as one."""
    united: dict[str, Any] = {}
    for evaluation in evaluations:
        for part, lists in evaluation.assessment.items():
            target = united.setdefault(part, {name: [] for name in lists})
            for name, entries in lists.items():
                target[name] = [*target[name], *(each for each in entries if each not in target[name])]
    return united


def replaced(value: Any, texts: Mapping[str, str]) -> Any:
    """A copy of a JSON value with whole strings replaced."""
    if isinstance(value, dict):
        return {key: replaced(each, texts) for key, each in value.items()}
    if isinstance(value, list):
        return [replaced(each, texts) for each in value]
    return texts.get(value, value) if isinstance(value, str) else value


def apply_answer(policy: Policy, texts: Sequence[str], source: Source, *, full: bool) -> dict[str, Any]:
    """The answer of ``ApplyGuardrail``."""
    evaluations: list[Evaluation] = [evaluate(policy, text, source) for text in texts]
    verdict = assess(policy, "guardrail", texts, source)
    intervened = verdict.blocked is not None or bool(verdict.masked)
    outputs = [verdict.blocked] if verdict.blocked else [each.masked for each in evaluations] if intervened else []
    units: dict[str, int] = {}
    for evaluation in evaluations:
        units = {name: units.get(name, 0) + count for name, count in evaluation.units.items()}
    characters = sum(len(text) for text in texts)
    assessment = merged(evaluations)
    ignored = evaluations[0].ignored if evaluations else ()
    reason = "Guardrail blocked." if verdict.blocked else "Guardrail masked." if intervened else "No action."
    return {
        "usage": units,
        "action": "GUARDRAIL_INTERVENED" if intervened else "NONE",
        "actionReason": reason + (f" Not evaluated offline: {', '.join(ignored)}." if ignored else ""),
        "outputs": [{"text": text} for text in outputs],
        "assessments": [assessment] if assessment or full else [],
        "guardrailCoverage": {"textCharacters": {"guarded": characters, "total": characters}},
    }
