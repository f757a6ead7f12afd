"""Tells CloudWatch what Bedrock refused for lack of quota, as the service does about itself."""

from __future__ import annotations

import asyncio
from typing import Any


class ThrottleCount:
    """Counts refused calls of models in the emulator's CloudWatch.

    Args:
        endpoint: URL of the emulator.
    """

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._client: Any = None

    async def __call__(self, model: str) -> None:
        """Counts a call of a model; where nobody listens, nothing is counted."""
        await asyncio.to_thread(self._count, model)

    def _count(self, model: str) -> None:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError

        self._client = self._client or boto3.client(
            "cloudwatch",
            endpoint_url=self._endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1}, proxies={}),
        )
        refused = {
            "MetricName": "InvocationThrottles",
            "Dimensions": [{"Name": "ModelId", "Value": model}],
            "Value": 1.0,
            "Unit": "Count",
        }
        try:
            self._client.put_metric_data(Namespace="AWS/Bedrock", MetricData=[refused])
        except (BotoCoreError, ClientError):
            return
