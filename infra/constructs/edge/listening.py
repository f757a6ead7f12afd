"""The way of events to clients: streams that say what was written, and the WebSocket API that clients hold connections to."""

from __future__ import annotations

import json

from aws_cdk import Aws, Duration
from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from conclave.records.runs import META
from constructs import Construct

from infra.constructs.logs import Logs
from infra.stage import Limits

STAGE = "live"
TICKET = "route.request.querystring.ticket"
BATCH = 20
"""Writes that one invocation is told of at most; those of one run become one look at it."""
REPEATS = 3
OLDEST = Duration.minutes(5)
"""Older news are left out: a client that misses something asks for it, and whatever comes next is told with all before it."""
_LOGGED = {
    "requestId": "$context.extendedRequestId",
    "ip": "$context.identity.sourceIp",
    "connection": "$context.connectionId",
    "route": "$context.routeKey",
    "event": "$context.eventType",
    "requestTime": "$context.requestTime",
    "status": "$context.status",
}
"""The fields of the access log. The query, which holds the ticket, is none of them."""


class Socket(Construct):
    """A WebSocket API: whoever has a ticket opens a connection, and hears of one run.

    Attributes:
        url: Where clients connect, without the ticket.
        endpoint: Where functions send to connections.
        connections: ARN of the connections, which get their ids when they are opened.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, limits: Limits, logs: Logs) -> None:
        """Makes the API, without its routes: the function that serves them has to know its address.

        Args:
            scope: The stack.
            id: Logical id.
            name: Deployed name.
            limits: Throttling.
            logs: How the access log is kept.
        """
        super().__init__(scope, id)
        # One route takes whatever is sent: the body is read by the function, strictly.
        self._api = apigw.WebSocketApi(self, "Api", api_name=f"{name}-events", route_selection_expression="$default")
        log = logs.group(self, "Log", name=f"/aws/apigateway/{name}-events")
        stage = apigw.CfnStage(
            self,
            "Stage",
            api_id=self._api.api_id,
            stage_name=STAGE,
            auto_deploy=True,
            access_log_settings=apigw.CfnStage.AccessLogSettingsProperty(
                destination_arn=log.log_group_arn, format=json.dumps(_LOGGED)
            ),
            default_route_settings=apigw.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=limits.requests_per_second,
                throttling_burst_limit=limits.burst,
                detailed_metrics_enabled=True,
            ),
        )
        self.stage = stage
        host = f"{self._api.api_id}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}/{STAGE}"
        self.url, self.endpoint = f"wss://{host}", f"https://{host}"
        owner = f"{Aws.REGION}:{Aws.ACCOUNT_ID}:{self._api.api_id}"
        self.connections = f"arn:{Aws.PARTITION}:execute-api:{owner}/{STAGE}/POST/@connections/*"

    def serve(self, alias: lambda_.IFunction) -> None:
        """Lets a function serve its routes, and say who may connect."""
        listen = integrations.WebSocketLambdaIntegration("Listen", alias)
        tickets = authorizers.WebSocketLambdaAuthorizer("Tickets", alias, identity_source=[TICKET])
        self._api.add_route("$connect", integration=listen, authorizer=tickets)
        for route in ("$default", "$disconnect"):
            self._api.add_route(route, integration=listen)


def add_notices(
    scope: Construct,
    *,
    runs: dynamodb.ITable,
    journal: dynamodb.ITable,
    tell: lambda_.IFunction,
    undelivered: sqs.IQueue,
) -> None:
    """Invokes a function when the head of a run or an entry of its agents is written. What expires or is erased is not news.

    Args:
        scope: The stack.
        runs: Has a stream.
        journal: Has a stream.
        tell: The function.
        undelivered: Where it stands which news could not be told.
    """
    of_heads = {"run_id": {"S": [{"prefix": "run-"}]}, "record": {"S": [META]}}
    of_entries = {"entry": {"S": [{"prefix": "run-"}]}}
    for id, table, keys in (("HeadsWritten", runs, of_heads), ("EntriesWritten", journal, of_entries)):
        lambda_.CfnEventSourceMapping(
            scope,
            id,
            event_source_arn=table.table_stream_arn,
            function_name=tell.function_arn,
            starting_position="LATEST",
            batch_size=BATCH,
            maximum_retry_attempts=REPEATS,
            maximum_record_age_in_seconds=int(OLDEST.to_seconds()),
            bisect_batch_on_function_error=True,
            filter_criteria=lambda_.CfnEventSourceMapping.FilterCriteriaProperty(
                filters=[
                    lambda_.CfnEventSourceMapping.FilterProperty(
                        pattern=json.dumps({"eventName": ["INSERT", "MODIFY"], "dynamodb": {"Keys": keys}})
                    )
                ]
            ),
            destination_config=lambda_.CfnEventSourceMapping.DestinationConfigProperty(
                on_failure=lambda_.CfnEventSourceMapping.OnFailureProperty(destination=undelivered.queue_arn)
            ),
        )
