"""Connections of clients in API Gateway: ``Connections`` by its management API."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from conclave.streaming.telling import SendFailed

GONE = "GoneException"


class ApiGatewayConnections:
    """The connections of a WebSocket API. See ``conclave.streaming.telling.Connections``.

    Args:
        client: A client of the API's management interface; its endpoint is the deployed stage.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def send(self, connection: str, data: bytes) -> bool:
        """See ``Connections.send``."""
        try:
            self._client.post_to_connection(ConnectionId=connection, Data=data)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == GONE:
                return False
            raise SendFailed(error.response.get("Error", {}).get("Code", "ClientError")) from error
        except BotoCoreError as error:
            raise SendFailed(type(error).__name__) from error
        return True
