"""A function on stock Strands: one agent, one question, as its guide for Lambda has it."""

from strands import Agent
from strands.models import BedrockModel

model = BedrockModel(model_id="us.amazon.nova-lite-v1:0")


def lambda_handler(event: dict[str, str], context: object) -> dict[str, str]:
    """The agent's answer."""
    del context
    agent = Agent(model=model, system_prompt=event["system"], callback_handler=None)
    return {"answer": str(agent(event["question"]))}
