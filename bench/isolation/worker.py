"""One function in a process of its own, kept warm as Lambda keeps it: ``python bench/isolation/worker.py HANDLER``.

Reads a line of JSON for each call (``event``) and answers it with a line: the handler's answer, the processor time, the memory,
and the marks that were found in what went out (requests, logs, the answer). The id of a run that a service named in this very
call, such as the last of a page, may stand in the next request; its mark may not. A line without an event is answered with the
marks (``kept``) in anything that can still be reached.
"""

from __future__ import annotations

import gc
import importlib.util
import io
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

import packs

MARK = re.compile(r"mark-\d{6}|run-[0-9a-f]{24}")
"""The mark of a call, and the id of a run."""
RUN = re.compile(rb"run-[0-9a-f]{24}")
PAGES = re.compile(r"VmRSS:\s+(\d+) kB")
KIBIBYTES = 1024
LONGEST_TEXT = 1_000_000


class Context:
    """What Lambda hands to a handler."""

    function_name = "isolated"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:isolated"
    aws_request_id = "request"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """Milliseconds left: always a minute."""
        return 60_000


def main() -> None:
    """Serves calls until the input ends."""
    packs.__path__.append(str(Path(__file__).with_name("packs")))  # where this bench has its own
    answers, sent, named = sys.stdout, list[str](), set[bytes]()
    sys.stdout = logged = io.StringIO()
    _watch_requests(sent, named)
    function = _handler(Path(sys.argv[1]))
    for line in sys.stdin:
        call = json.loads(line)
        named.clear()
        answers.write(
            json.dumps(_served(function, call, sent, logged) if call else {"kept": sorted(_reachable())}) + "\n"
        )
        answers.flush()


def _handler(file: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"handler_of_{file.parent.name}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.lambda_handler


def _watch_requests(sent: list[str], named: set[bytes]) -> None:
    """Keeps what leaves through botocore's connections, whatever client it is of, without the ids of runs that came by them."""
    from botocore.httpsession import URLLib3Session

    send = URLLib3Session.send

    def watched(self: Any, request: Any) -> Any:
        body = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
        own = RUN.sub(lambda found: b"named" if found[0] in named else found[0], body)
        sent.append(f"{request.url} {dict(request.headers)} {own.decode('utf-8', 'replace')}")
        answer = send(self, request)
        if not request.stream_output:
            named.update(RUN.findall(answer.content))
        return answer

    URLLib3Session.send = watched  # type: ignore[method-assign]


def _served(function: Any, call: dict[str, Any], sent: list[str], logged: io.StringIO) -> dict[str, Any]:
    logged.seek(0)
    logged.truncate()
    answer, error, began = None, "", time.process_time()
    try:
        answer = function(call["event"], Context())
    except Exception as failure:  # a refusal is an answer, too; what it says goes out
        error = f"{type(failure).__name__}: {failure}"
    used = time.process_time() - began
    out = [*sent, logged.getvalue(), json.dumps(answer), error]
    size = len(sent)
    sent.clear()
    found = {mark for text in out for mark in MARK.findall(text)}
    del out
    return {
        "answer": answer,
        "error": error,
        "cpu_ms": used * 1000,
        "rss_mb": _resident_mb(),
        "requests": size,
        "sent": sorted(found),
    }


def _reachable() -> set[str]:
    """The marks in texts and bytes that any object still leads to."""
    gc.collect()
    found, seen = set[str](), set[int]()
    holders: list[Any] = gc.get_objects()
    while holders:
        for each in gc.get_referents(holders.pop()):
            if id(each) in seen:
                continue
            if isinstance(each, str | bytes | bytearray):
                seen.add(id(each))
                text = each if isinstance(each, str) else bytes(each).decode("latin-1")
                found.update(MARK.findall(text) if len(text) < LONGEST_TEXT else ())
            elif not gc.is_tracked(each):
                # A dictionary or tuple of plain values only: the collector does not list it.
                seen.add(id(each))
                holders.append(each)
    return found


def _resident_mb() -> float:
    found = PAGES.search(Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) / KIBIBYTES if found else 0.0


if __name__ == "__main__":
    main()
