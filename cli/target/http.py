"""The HTTP API with a signature or a token, the event bus, and what their refusals mean for a person."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from cli.errors import CliError, ExitCode
from cli.ports import Document
from cli.screen.format import one_line

if TYPE_CHECKING:
    from botocore.credentials import Credentials
    from mypy_boto3_events.client import EventBridgeClient
else:
    EventBridgeClient = Any

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
"""API Gateway gives up after 29 s."""
RETRIES = 3
SOURCE = "conclave.cli"
DETAIL_TYPE = "IncidentReported"
FEED_TYPE = "FeedReceived"
_RUN_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
"""Names that an execution may have; wider than what intake gives."""

_EXIT_CODES = {
    400: ExitCode.BAD_INPUT,
    404: ExitCode.BAD_INPUT,
    409: ExitCode.BAD_INPUT,
    410: ExitCode.BAD_INPUT,
    413: ExitCode.BAD_INPUT,
    422: ExitCode.BAD_INPUT,
    401: ExitCode.SETUP,
}
_NO_PROOF_HELPS = frozenset({"own_report", "group_missing", "caller_unknown"})
"""The API believes who is calling, and they are not the person for it."""
_ADVICE = {
    429: "the API is throttling: wait a moment",
    500: "look into the logs: docs/operations.md",
    502: "look into the logs: docs/operations.md",
    503: "try again in a moment",
    504: "try again in a moment",
}
_SAYS_WHAT = frozenset({"intake_closed", "money_spent", "budget_spent", "no_answer", "questions_spent"})
"""Codes of answers that say themselves what to do, or when it is worth trying again."""


class Answer(Protocol):
    """The response to a request."""

    @property
    def status(self) -> int:
        """HTTP status."""
        ...

    @property
    def data(self) -> bytes:
        """The body."""
        ...


class Http(Protocol):
    """Sends a request, whatever its status; raises ``ConnectionError`` when nobody answers."""

    def request(
        self, method: str, url: str, *, body: bytes | None, headers: Mapping[str, str], costly: bool = False
    ) -> Answer:
        """One request. A ``costly`` one is not sent again once somebody may have begun to answer it."""
        ...


class PooledHttp:
    """urllib3 with bounded, jittered retries: a request may be repeated, since what it changes is changed once.

    Only a question costs something each time that it is asked (``costly``): of those, what was refused unseen is sent again.
    """

    def __init__(self) -> None:
        import urllib3

        retry = urllib3.Retry(
            total=RETRIES,
            connect=1,
            backoff_factor=0.2,
            backoff_jitter=0.3,
            status_forcelist=(429, 502, 503, 504),
            allowed_methods=None,
            raise_on_status=False,
            redirect=0,
        )
        self._retries = {False: retry, True: retry.new(read=0, other=0, status_forcelist=(429,))}
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        self._pool = urllib3.PoolManager(timeout=timeout)

    def request(
        self, method: str, url: str, *, body: bytes | None, headers: Mapping[str, str], costly: bool = False
    ) -> Answer:
        """See ``Http.request``."""
        from urllib3.exceptions import HTTPError

        try:
            return self._pool.request(method, url, body=body, headers=dict(headers), retries=self._retries[costly])
        except HTTPError as error:
            raise ConnectionError(one_line(str(error))) from error


class Credential(Protocol):
    """A proof to the API of who is calling."""

    def headers(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers of a request with the proof among them."""
        ...

    def advice(self, status: int) -> str:
        """Advice for the case that the API does not believe it; empty when that does not concern the proof."""
        ...


class Signature:
    """AWS Signature Version 4.

    Args:
        credentials: Credentials of the caller.
        region: Region of the API.
    """

    def __init__(self, credentials: Credentials, region: str) -> None:
        self._credentials = credentials
        self._region = region

    def headers(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> dict[str, str]:
        """See ``Credential.headers``."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        request = AWSRequest(method=method, url=url, data=body, headers=dict(headers))
        SigV4Auth(self._credentials, "execute-api", self._region).add_auth(request)
        return dict(request.headers.items())

    def advice(self, status: int) -> str:
        """See ``Credential.advice``."""
        return "use credentials that may call this API: execute-api:Invoke" if status in {401, 403} else ""


class Token:
    """A bearer token, as the stages that authorise by JWT want it.

    Args:
        token: The access token.
    """

    def __init__(self, token: str) -> None:
        self._token = token

    def headers(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> dict[str, str]:
        """See ``Credential.headers``."""
        return {**headers, "Authorization": f"Bearer {self._token}"}

    def advice(self, status: int) -> str:
        """See ``Credential.advice``."""
        return {
            401: "get a new token, with the scope for this: docs/operations.md, Callers",
            403: "is CONCLAVE_API_KEY set? docs/operations.md, Callers",
        }.get(status, "")


class HttpApi:
    """The API of a deployment, every request with a proof of who is calling.

    Args:
        url: Base URL, as the stack's output ``ApiUrl`` gives it.
        credential: The proof.
        key: API key, where the stage has quotas; empty where it has none.
        advice: What to do when nobody answers.
        options: Options that lead a further command to the same deployment.
        forgotten: Why a run may be unknown that was there once; empty where nothing is forgotten.
        http: Sends requests.
    """

    def __init__(
        self,
        url: str,
        credential: Credential,
        *,
        key: str,
        advice: str,
        options: str = "",
        forgotten: str = "",
        http: Http,
    ) -> None:
        self._url = url.rstrip("/")
        self._credential = credential
        self._key = {"x-api-key": key} if key else {}
        self._advice = advice
        self._options = options
        self._forgotten = f"{forgotten}; " if forgotten else ""
        self._http = http

    def submit(self, body: Mapping[str, Any], key: str = "") -> Document:
        """See ``Api.submit``."""
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        return self._call("POST", "/v1/incidents", body=json.dumps(body).encode(), headers=headers)

    def run(self, run_id: str) -> Document:
        """See ``Api.run``."""
        return self._call("GET", f"/v1/runs/{self._known(run_id)}", missing=self._unknown(run_id))

    def trace(self, run_id: str) -> Document:
        """See ``Api.trace``."""
        return self._call("GET", f"/v1/runs/{self._known(run_id)}/trace", missing=self._unknown(run_id))

    def audit(self, run_id: str) -> Document:
        """See ``Api.audit``."""
        return self._call("GET", f"/v1/runs/{self._known(run_id)}/audit", missing=self._unknown(run_id))

    def texts(self, run_id: str, agent: str, phase: str) -> Document:
        """See ``Api.texts``."""
        path = f"/v1/runs/{self._known(run_id)}/texts?{urlencode({'agent': agent, 'phase': phase})}"
        return self._call("GET", path, missing=self._unknown(run_id))

    def recording(self, run_id: str, agent: str = "") -> Document:
        """See ``Api.recording``."""
        asked = f"?{urlencode({'agent': agent})}" if agent else ""
        return self._call("GET", f"/v1/runs/{self._known(run_id)}/recording{asked}", missing=self._unknown(run_id))

    def events(self, run_id: str, after: int, kinds: Sequence[str]) -> Document:
        """See ``Api.events``."""
        asked = {"after": str(after)} | ({"kinds": ",".join(kinds)} if kinds else {})
        path = f"/v1/runs/{self._known(run_id)}/events?{urlencode(asked)}"
        return self._call("GET", path, missing=self._unknown(run_id))

    def listen(self, run_id: str, kinds: Sequence[str]) -> Document:
        """See ``Api.listen``."""
        body = {"kinds": list(kinds)} if kinds else {}
        return self._post(f"/v1/runs/{self._known(run_id)}/listeners", body, missing=self._unknown(run_id))

    def erase(self, run_id: str, reason: str) -> Document:
        """See ``Api.erase``."""
        return self._post(f"/v1/runs/{self._known(run_id)}/erasure", {"reason": reason}, missing=self._unknown(run_id))

    def act(self, run_id: str, act: Mapping[str, Any]) -> Document:
        """See ``Api.act``."""
        return self._post(f"/v1/runs/{self._known(run_id)}/approval", act, missing=self._unknown(run_id))

    def feedback(self, run_id: str, said: Mapping[str, Any]) -> Document:
        """See ``Api.feedback``."""
        return self._post(f"/v1/runs/{self._known(run_id)}/feedback", said, missing=self._unknown(run_id))

    def fork(self, run_id: str, asked: Mapping[str, Any], key: str = "") -> Document:
        """See ``Api.fork``."""
        body = {**asked, "idempotency_key": key} if key else asked
        return self._post(f"/v1/runs/{self._known(run_id)}/forks", body, missing=self._unknown(run_id))

    def ask(self, run_id: str, question: str) -> Document:
        """See ``Api.ask``."""
        said = {"question": question}
        path = f"/v1/runs/{self._known(run_id)}/questions"
        return self._post(path, said, missing=self._unknown(run_id), costly=True)

    def consent(self, run_id: str, call: Mapping[str, Any]) -> Document:
        """See ``Api.consent``."""
        return self._post(f"/v1/runs/{self._known(run_id)}/consents", call, missing=self._unknown(run_id))

    def _post(self, path: str, body: Mapping[str, Any], *, missing: CliError, costly: bool = False) -> Document:
        headers, sent = {"Content-Type": "application/json"}, json.dumps(body).encode()
        return self._call("POST", path, body=sent, headers=headers, missing=missing, costly=costly)

    def runs(self, *, status: str = "", day: str = "", limit: int = 20, cursor: str = "") -> Document:
        """See ``Api.runs``."""
        asked = {"status": status, "day": day, "limit": str(limit), "next": cursor}
        query = urlencode({name: value for name, value in asked.items() if value})
        return self._call("GET", f"/v1/runs?{query}")

    def _known(self, run_id: str) -> str:
        """The id as a part of a path. What cannot be an id would lead to another path, so nobody is asked about it."""
        if not _RUN_ID.fullmatch(run_id):
            raise self._unknown(run_id)
        return run_id

    def _unknown(self, run_id: str) -> CliError:
        return CliError(
            f"there is no run {one_line(run_id)!r}",
            advice=f"{self._forgotten}conclave runs{self._options} lists them",
            code="run_unknown",
            exit_code=ExitCode.BAD_INPUT,
        )

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        missing: CliError | None = None,
        costly: bool = False,
    ) -> Document:
        url = self._url + path
        proved = self._credential.headers(method, url, body, {**(headers or {}), **self._key})
        try:
            answer = self._http.request(method, url, body=body, headers=proved, costly=costly)
        except ConnectionError as error:
            raise CliError(
                f"nobody answers at {self._url}",
                advice=self._advice,
                code="unreachable",
                exit_code=ExitCode.UNREACHABLE,
            ) from error
        document = _parsed(answer.data)
        if answer.status == 404 and missing is not None:
            raise missing
        if answer.status >= 400:
            raise _refusal(answer.status, document, self._credential.advice(answer.status))
        if document is None:
            raise CliError(f"the API answered {answer.status} with something else than JSON", advice=_ADVICE[500])
        return document


class EventBus:
    """EventBridge, as the second way for incidents to arrive, and one for feeds.

    Args:
        client: A client of the service.
        name: Name of the bus.
    """

    def __init__(self, client: EventBridgeClient, name: str) -> None:
        self._client = client
        self._name = name

    def report(self, detail: Mapping[str, Any]) -> None:
        """See ``Bus.report``."""
        self._put(SOURCE, DETAIL_TYPE, detail)

    def feed(self, detail: Mapping[str, Any]) -> None:
        """See ``Bus.feed``."""
        self._put(SOURCE, FEED_TYPE, detail)

    def warm_up(self) -> None:
        """See ``Bus.warm_up``."""
        from conclave.results import WARM_UP_ASKED

        self._put("conclave", WARM_UP_ASKED, {})

    def _put(self, source: str, detail_type: str, detail: Mapping[str, Any]) -> None:
        entry = {
            "Source": source,
            "DetailType": detail_type,
            "Detail": json.dumps(detail),
            "EventBusName": self._name,
        }
        answer = self._client.put_events(Entries=[entry])  # type: ignore[list-item]
        if answer["FailedEntryCount"]:
            (failed,) = answer["Entries"]
            raise CliError(
                f"EventBridge took no event: {failed.get('ErrorCode')} {one_line(str(failed.get('ErrorMessage')))}",
                code="event_refused",
            )


def _refusal(status: int, document: Document | None, proof: str) -> CliError:
    """The error of an answer with a status of 400 or more, in the API's own words where it has some."""
    told = (document or {}).get("error")
    error = told if isinstance(told, dict) else {}
    message = error.get("message") or (document or {}).get("message") or f"the API answered with status {status}"
    candidates = error.get("candidates") or ()
    if error.get("code") in _NO_PROOF_HELPS:
        return CliError(one_line(str(message)), code=str(error["code"]), exit_code=ExitCode.BAD_INPUT)
    otherwise = "" if error.get("code") in _SAYS_WHAT else _ADVICE.get(status, "")
    advice = f"did you mean: {', '.join(map(str, candidates))}" if candidates else proof or otherwise
    return CliError(
        one_line(str(message)),
        advice=advice,
        code=str(error.get("code") or f"http_{status}"),
        exit_code=_EXIT_CODES.get(status, ExitCode.UNEXPECTED),
    )


def _parsed(data: bytes) -> Document | None:
    try:
        document = json.loads(data)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None
