"""Requests to models as they were recorded, compared with what would be asked here.

Strands, the framing's Converse call and the models of tests write the same question in forms of their own. What is compared is
what the engine puts into it: the system prompt, the words of the question, the tools with the form of the answer, and the results
of tools. What an adapter adds around that is not played.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from conclave.agents.assess import Question
from conclave.agents.checks import Executed
from conclave.agents.prompts import request_label, result_prompt
from conclave.replaying.diverged import Diverged, compact, first_difference

REQUEST = "request"
_DELIMITERS = ("<data-", "</data-")


def same_question(request: Mapping[str, Any], question: Question) -> None:
    """Raises ``Diverged`` where a recorded request is not the question that is asked here."""
    _same("system", _system(request), question.system)
    _same("user", _user(request), question.user)
    _same("tools", _tools(request), [*(tool.spec for tool in question.tools), dict(question.form.spec)])


def same_reading(request: Mapping[str, Any], here: Mapping[str, Any]) -> None:
    """Raises ``Diverged`` where a recorded request to read a report is not the one that would be made here."""
    for name, asked in here.items():
        _same(name, request.get(name), asked)


def same_results(request: Mapping[str, Any], executed: Sequence[Executed], question: Question) -> None:
    """Raises ``Diverged`` where a model was told another result of a tool than it would be told here."""
    label = request_label(question.metadata)
    left = list(executed)
    for call_id, name, arguments, told in _results(request.get("messages", ())):
        ran = next((each for each in left if each.call.name == name and compact(each.arguments) == arguments), None)
        if ran is None:
            continue  # refused by the adapter, or the answer itself
        left.remove(ran)
        _same(f"result of {name}", told, result_prompt(ran.result, f"{label}/{call_id}").text)


def _same(field: str, recorded: Any, here: Any) -> None:
    if recorded is None:
        return
    if isinstance(recorded, str):
        if recorded != here:
            raise Diverged(REQUEST, field, *_lines(recorded, here))
        return
    if found := first_difference(recorded, compact(here), field):
        raise Diverged(REQUEST, *found)


def _lines(recorded: str, here: str) -> tuple[str, str]:
    """The first lines in which two texts differ."""
    one, other = recorded.splitlines(), here.splitlines()
    parted = [at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]]
    # A delimiter has a label of what it delimits: it is another because a line behind it is.
    at = next((at for at in parted if not one[at].startswith(_DELIMITERS)), min(len(one), len(other)))
    said, says = ("".join(lines[at : at + 1]) for lines in (one, other))
    return said, says


def _system(request: Mapping[str, Any]) -> str | None:
    blocks = request.get("system")
    return None if blocks is None else "".join(_texts(blocks))


def _user(request: Mapping[str, Any]) -> str | None:
    if "user" in request:
        return str(request["user"])
    messages = request.get("messages") or ()
    return "".join(_texts(messages[0]["content"])) if messages else None


def _tools(request: Mapping[str, Any]) -> Any:
    if "tools" in request:
        return request["tools"]
    offered = request.get("toolConfig", {}).get("tools")
    return None if offered is None else [each["toolSpec"] for each in offered]


def _texts(blocks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for block in blocks:
        guarded = block.get("guardContent", {}).get("text", {})
        yield str(block.get("text", guarded.get("text", "")))


def _results(messages: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str, Any, str]]:
    """The results that a model was told: id of the call, name of the tool, arguments, text."""
    uses: dict[str, tuple[str, Any]] = {}
    for message in messages:
        for block in message["content"]:
            if "toolUse" in block:
                uses[block["toolUse"]["toolUseId"]] = (block["toolUse"]["name"], block["toolUse"]["input"])
            elif "toolResult" in block:
                result = block["toolResult"]
                call_id = result["toolUseId"]
                if result.get("status") == "success" and call_id in uses:
                    yield (call_id, *uses[call_id], "".join(_texts(result["content"])))
