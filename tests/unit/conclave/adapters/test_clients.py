"""Clients: one session for all of them, and answers of DynamoDB as botocore's own parser gives them."""

from __future__ import annotations

import base64
import copy
import inspect
import json
import re
from collections.abc import Iterator
from typing import Any

import botocore.handlers
import botocore.parsers
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ParamValidationError
from botocore.hooks import EventAliaser, HierarchicalEmitter
from botocore.serialize import JSONSerializer
from botocore.useragent import UserAgentString
from botocore.utils import EVENT_ALIASES
from conclave.adapters import attribute_values, clients
from conclave.functions import wiring
from conclave.functions.settings import Settings
from hypothesis import given
from hypothesis import strategies as st

BYTES = st.binary(max_size=6).map(lambda value: base64.b64encode(value).decode())
NUMBERS = st.integers().map(str)
VALUES = st.recursive(
    st.one_of(
        st.fixed_dictionaries({"S": st.text(max_size=6)}),
        st.fixed_dictionaries({"N": NUMBERS}),
        st.fixed_dictionaries({"B": BYTES}),
        st.fixed_dictionaries({"BOOL": st.booleans()}),
        st.just({"NULL": True}),
        st.fixed_dictionaries({"SS": st.lists(st.text(max_size=3), min_size=1, max_size=3)}),
        st.fixed_dictionaries({"NS": st.lists(NUMBERS, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"BS": st.lists(BYTES, min_size=1, max_size=3)}),
    ),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"L": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"M": st.dictionaries(st.text(max_size=3), inner, max_size=3)}),
    ),
    max_leaves=8,
)
ITEMS = st.dictionaries(st.text(min_size=1, max_size=4), VALUES, max_size=4)
OPERATIONS = st.one_of(
    st.tuples(st.just("GetItem"), st.fixed_dictionaries({}, optional={"Item": ITEMS})),
    st.tuples(
        st.just("Query"),
        st.fixed_dictionaries(
            {"Items": st.lists(ITEMS, max_size=3), "Count": st.integers(0, 3)}, optional={"LastEvaluatedKey": ITEMS}
        ),
    ),
    st.tuples(
        st.just("BatchGetItem"),
        st.fixed_dictionaries(
            {
                "Responses": st.dictionaries(st.text(max_size=3), st.lists(ITEMS, max_size=3), max_size=2),
                "UnprocessedKeys": st.dictionaries(
                    st.text(max_size=3), st.fixed_dictionaries({"Keys": st.lists(ITEMS, min_size=1, max_size=2)})
                ),
            }
        ),
    ),
    st.tuples(st.just("UpdateItem"), st.fixed_dictionaries({"Attributes": ITEMS})),
)
MODEL = botocore.session.get_session().get_service_model("dynamodb")


def parsed(factory: botocore.parsers.ResponseParserFactory, operation: str, status: int, body: Any) -> Any:
    answer = {"status_code": status, "headers": {"x-amzn-requestid": "1"}, "body": json.dumps(body).encode()}
    shape: Any = MODEL.operation_model(operation).output_shape
    return factory.create_parser("json").parse(answer, shape)


@given(OPERATIONS)
def test_answers_are_those_of_botocores_parser(answer: tuple[str, Any]) -> None:
    operation, body = answer
    ours = parsed(attribute_values.ParsersOfAnswers(), operation, 200, body)
    assert ours == parsed(botocore.parsers.ResponseParserFactory(), operation, 200, body)


def test_so_are_refusals_with_the_item_that_stands() -> None:
    item = {"run_id": {"S": "R1"}, "body": {"B": base64.b64encode(b"kept").decode()}}
    body = {
        "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "message": "no",
        "Item": item,
    }
    ours = parsed(attribute_values.ParsersOfAnswers(), "PutItem", 400, body)
    assert ours == parsed(botocore.parsers.ResponseParserFactory(), "PutItem", 400, body)
    assert ours["Error"]["Code"] == "ConditionalCheckFailedException"


def test_a_value_is_read_without_a_look_at_its_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    parser: Any = botocore.parsers.ResponseParser
    parse = parser._parse_shape

    def counted(self: Any, shape: Any, node: Any) -> Any:
        asked.append(shape.name)
        return parse(self, shape, node)

    monkeypatch.setattr(parser, "_parse_shape", counted)
    items = [{"key": {"S": str(number)}, "more": {"M": {"of": {"L": [{"N": "1"}] * 9}}}} for number in range(50)]
    parsed(attribute_values.ParsersOfAnswers(), "Query", 200, {"Items": items, "Count": 50})
    assert "AttributeValue" not in asked
    assert len(asked) < 2 * len(items)


@pytest.mark.parametrize(
    "body", [b"", b"no JSON", b'{"message": "half a pair: \\ud83d"}', b'{"large": 123456789012345678901234567890}']
)
def test_a_body_that_is_no_ordinary_json_is_read_as_botocore_reads_it(body: bytes) -> None:
    parsers: list[Any] = [
        each.create_parser("json")
        for each in (attribute_values.ParsersOfAnswers(), botocore.parsers.ResponseParserFactory())
    ]
    ours, theirs = (each._parse_body_as_json(body) for each in parsers)
    assert ours == theirs


WITH_BYTES = st.recursive(
    st.one_of(
        st.fixed_dictionaries({"S": st.text(max_size=6)}),
        st.fixed_dictionaries({"N": NUMBERS}),
        st.fixed_dictionaries({"B": st.binary(max_size=6)}),
        st.fixed_dictionaries({"BOOL": st.booleans()}),
        st.just({"NULL": True}),
        st.fixed_dictionaries({"SS": st.lists(st.text(max_size=3), min_size=1, max_size=3)}),
        st.fixed_dictionaries({"BS": st.lists(st.binary(max_size=3), min_size=1, max_size=3)}),
    ),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"L": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"M": st.dictionaries(st.text(max_size=3), inner, max_size=3)}),
    ),
    max_leaves=8,
)
SENT = st.dictionaries(st.text(min_size=1, max_size=4), WITH_BYTES, max_size=4)
REQUESTS = st.one_of(
    st.tuples(st.just("PutItem"), st.fixed_dictionaries({"TableName": st.just("runs"), "Item": SENT})),
    st.tuples(
        st.just("Query"),
        st.fixed_dictionaries(
            {"TableName": st.just("runs"), "ExpressionAttributeValues": SENT},
            optional={"Limit": st.integers(1, 9), "ScanIndexForward": st.booleans(), "ExclusiveStartKey": SENT},
        ),
    ),
    st.tuples(
        st.just("BatchGetItem"),
        st.fixed_dictionaries(
            {
                "RequestItems": st.dictionaries(
                    st.text(min_size=1, max_size=3),
                    st.fixed_dictionaries({"Keys": st.lists(SENT, max_size=3), "ConsistentRead": st.booleans()}),
                    max_size=2,
                )
            }
        ),
    ),
    st.tuples(
        st.just("TransactWriteItems"),
        st.fixed_dictionaries(
            {
                "TransactItems": st.lists(
                    st.fixed_dictionaries({"Put": st.fixed_dictionaries({"TableName": st.just("runs"), "Item": SENT})}),
                    max_size=3,
                ),
                "ClientRequestToken": st.text(max_size=3),
            }
        ),
    ),
)


@given(REQUESTS)
def test_requests_are_those_of_botocores_serializer_byte_for_byte(request: tuple[str, Any]) -> None:
    operation, asked = request
    model: Any = MODEL.operation_model(operation)
    before = copy.deepcopy(asked)
    assert attribute_values.Requests().serialize_to_request(asked, model) == JSONSerializer().serialize_to_request(
        before, model
    )
    assert asked == before


@pytest.mark.usefixtures("nobodys_clients")
def test_requests_of_dynamodb_alone_are_sent_as_they_stand() -> None:
    made: dict[str, Any] = {service: clients.client(service) for service in ("dynamodb", "events")}
    assert [type(each._serializer) is attribute_values.Requests for each in made.values()] == [True, False]


@pytest.fixture
def nobodys_clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for made in (clients.client, clients._session):
        made.cache_clear()
    yield
    for made in (clients.client, clients._session):
        made.cache_clear()


@pytest.mark.usefixtures("nobodys_clients")
def test_all_clients_come_from_one_session_with_these_parsers(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions: list[botocore.session.Session] = []
    make = botocore.session.Session

    def counted(**given: Any) -> botocore.session.Session:
        sessions.append(make(**given))
        return sessions[-1]

    monkeypatch.setattr(botocore.session, "Session", counted)
    made = [clients.client(service) for service in ("dynamodb", "events", "stepfunctions", "dynamodb")]
    assert made[0] is made[3]
    assert len(sessions) == 1
    assert isinstance(made[0]._endpoint._response_parser_factory, attribute_values.ParsersOfAnswers)


class Answer:
    """An empty answer, as a connection gives it."""

    def stream(self) -> Iterator[bytes]:
        """Its only part."""
        yield b"{}"


@pytest.mark.usefixtures("nobodys_clients")
def test_a_request_is_sent_without_a_look_at_its_values_and_with_a_user_agent_that_is_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: dict[str, Any] = {service: clients.client(service) for service in ("dynamodb", "events")}
    sent: list[Any] = []

    def answered(request: Any, **_: Any) -> AWSResponse:
        sent.append(request)
        return AWSResponse("", 200, HTTPHeaders(), Answer())

    made["dynamodb"].meta.events.register("before-send", answered)
    monkeypatch.setattr(UserAgentString, "_build_config_metadata", lambda _: pytest.fail("it was put together again"))
    made["dynamodb"].query(TableName="flights", Limit="seven")  # the service refuses it, and says why
    assert sent[0].headers["User-Agent"] == clients.USER_AGENT.encode()
    with pytest.raises(ParamValidationError):
        made["events"].put_events(Entries=7)


SERVICES = sorted(set(re.findall(r'_clients\("([a-z0-9-]+)"\)', inspect.getsource(wiring))))


def test_no_service_that_is_called_has_a_hook_of_botocore_under_an_old_name() -> None:
    assert {"dynamodb", "appconfigdata", "bedrock-runtime", "s3"} <= set(SERVICES)
    session = botocore.session.get_session()
    aliased: Any = EventAliaser(HierarchicalEmitter(), EVENT_ALIASES)
    called = {session.get_service_model(each).service_id.hyphenize() for each in SERVICES}
    new: dict[str, str] = {name: aliased._alias_event_name(name) for name, *_ in botocore.handlers.BUILTIN_HANDLERS}
    lost = {name: after for name, after in new.items() if after != name}
    assert lost, "botocore has no hook under an old name any more: clients.py need not take the names away"
    assert not {name: after for name, after in lost.items() if called & set(after.split("."))}


@pytest.mark.usefixtures("nobodys_clients")
def test_hooks_are_found_without_a_look_at_old_names() -> None:
    hooks: Any = clients.client("dynamodb").meta.events
    assert hooks._event_aliases == {}
    others: Any = botocore.session.get_session().get_component("event_emitter")
    assert others._event_aliases == EVENT_ALIASES, "those of other sessions in the process are looked at"


def test_the_client_of_models_is_made_when_a_model_is_asked() -> None:
    made: list[str] = []

    class Runtime:
        """Says what it was asked."""

        def converse(self, **asked: str) -> dict[str, str]:
            """The very request."""
            return asked

    def client(service: str) -> Runtime:
        made.append(service)
        return Runtime()

    bedrock: Any = wiring.Wiring(Settings(values={}), clients=client).bedrock
    assert made == []
    assert bedrock.converse(modelId="m") == {"modelId": "m"}
    assert made == ["bedrock-runtime"]
