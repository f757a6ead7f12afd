from __future__ import annotations

from typing import Any

from botocore.eventstream import EventStreamBuffer

from local.bedrock.wire.eventstream import event, exception


def test_botocore_reads_the_frames_and_their_checksums() -> None:
    buffer: Any = EventStreamBuffer()
    data = event("messageStart", {"role": "assistant"}) + exception("throttlingException", "slow down")
    for offset in range(0, len(data), 7):
        buffer.add_data(data[offset : offset + 7])
    first, second = list(buffer)
    assert first.headers == {
        ":event-type": "messageStart",
        ":content-type": "application/json",
        ":message-type": "event",
    }
    assert first.payload == b'{"role": "assistant"}'
    assert second.headers[":exception-type"] == "throttlingException"
