"""The function behind the connections of clients: who may open one, what it asks for, and that it has ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from conclave.api.errors import RequestRefused
from conclave.codes import RequestCode
from conclave.functions.wiring import Wiring
from conclave.records.runs import RunNotFound
from conclave.streaming.events import Kind
from conclave.streaming.listeners import Listener
from conclave.streaming.reading import admitted, refusal_of, reply

Event = Mapping[str, Any]

DONE = {"statusCode": HTTPStatus.OK.value}


def admit(event: Event, wiring: Wiring) -> dict[str, Any]:
    """Answers API Gateway whether a ticket opens this connection. The context comes back with each event of the connection."""
    ticket = str((event.get("queryStringParameters") or {}).get("ticket") or "")
    connection, now = event["requestContext"]["connectionId"], int(wiring.clock().timestamp())
    listener = admitted(ticket, connection, events=wiring.told, now=now)
    statement = {
        "Action": "execute-api:Invoke",
        "Effect": "Allow" if listener else "Deny",
        "Resource": event["methodArn"],
    }
    answer = {"policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    if listener is None:
        return {"principalId": "nobody", **answer}
    kept = {"run_id": listener.run_id, "id": listener.id, "kinds": ",".join(listener.kinds)}
    return {"principalId": listener.id, **answer, "context": kept}


def connected(event: Event, wiring: Wiring) -> dict[str, Any]:
    """Lets a connection open: the ticket was spent before. The client asks for events once it is open."""
    del event, wiring
    return DONE


def asked(event: Event, wiring: Wiring) -> dict[str, Any]:
    """Sends a client what it asks for, or why not."""
    listener, connections = _listener(event), wiring.connections
    if connections is None:
        return DONE
    try:
        reply(
            listener,
            str(event.get("body") or ""),
            pack=wiring.pack,
            runs=wiring.runs,
            journal=wiring.journal,
            events=wiring.told,
            connections=connections,
        )
    except RequestRefused as error:
        connections.send(listener.connection, refusal_of(error))
    except RunNotFound:
        gone = RequestRefused(RequestCode.RUN_NOT_FOUND, "the run has expired")
        connections.send(listener.connection, refusal_of(gone))
    return DONE


def ended(event: Event, wiring: Wiring) -> dict[str, Any]:
    """Forgets a client that has gone."""
    listener = _listener(event)
    wiring.told.close(listener.run_id, listener.id)
    return DONE


def _listener(event: Event) -> Listener:
    context = event["requestContext"]
    known = context["authorizer"]
    return Listener(
        run_id=known["run_id"],
        id=known["id"],
        kinds=tuple(Kind(each) for each in known["kinds"].split(",")),
        opens_until=0,
        expires_at=0,
        connection=context["connectionId"],
    )


AT_THE_SOCKET: Mapping[str, Callable[[Event, Wiring], dict[str, Any]]] = {
    "REQUEST": admit,
    "CONNECT": connected,
    "MESSAGE": asked,
    "DISCONNECT": ended,
}
"""What to do, by the type of the event: that of an authoriser, or one of a connection."""


def at_the_socket(event: Event) -> Callable[[Event, Wiring], dict[str, Any]] | None:
    """What an event of the WebSocket API asks for; None for a request of the REST API."""
    return AT_THE_SOCKET.get(str(event.get("type") or event["requestContext"].get("eventType") or ""))
