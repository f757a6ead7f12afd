"""Which parts of which libraries are lean, and why. A test runs every path of an agent on a layer without what is left out."""

from __future__ import annotations

import sys

from conclave.adapters.lean_imports import Lean

_WITHOUT_THE_REST = Lean()
_EVENTS = "aws_lambda_powertools.utilities.data_classes"

# Names that typing and warnings have themselves, as typing_extensions does them, from Python 3.13 on.
_IN_TYPING = dict.fromkeys(("NotRequired", "Required", "get_type_hints", "override"), "typing")
_TYPING_TODAY = {**_IN_TYPING, "deprecated": "warnings"} if sys.version_info >= (3, 13) else {}
STANDARD = {
    # Line breaks, for descriptions in a JSON schema; the names of months in other languages; and what older Pythons lack in
    # typing.
    "textwrap": _WITHOUT_THE_REST,
    "locale": _WITHOUT_THE_REST,
    "typing_extensions": Lean(found_in=_TYPING_TODAY),
}
BOTOCORE = {
    # Documentation of clients for whoever asks for help. Every operation of every client gets some when it is made.
    "botocore.docs": Lean(inert=()),
    "botocore.docs.docstring": Lean(inert=("ClientMethodDocstring", "PaginatorDocstring", "WaiterDocstring")),
    "botocore.docs.utils": Lean(
        inert=("AppendParamDocumentation", "AutoPopulatedParam", "DocumentModifiedShape", "HideParamFromOperations")
    ),
}
CREDENTIALS = {
    # What botocore's other ways to credentials need: files with sections, programs, people with a device, tokens with a date.
    # The credentials of a function stand in its environment.
    "configparser": _WITHOUT_THE_REST,
    "dateutil.parser": Lean(deferred=frozenset({"parse"})),
    "getpass": Lean(deferred=frozenset({"getpass"})),
    "subprocess": Lean(deferred=frozenset({"Popen"})),
}
URLLIB3 = {
    # Asks which version of a library for HTTP/2 is installed, and loads what reads the metadata of packages for it.
    "urllib3.http2": _WITHOUT_THE_REST,
}
BOTO3 = {
    # The session that a model or a store makes when it is given none, and its own way to S3. It bears botocore's number.
    "boto3": Lean(found_in={"__version__": "botocore"}, deferred=frozenset({"Session"})),
    "s3transfer": Lean(inert=()),
    "s3transfer.manager": Lean(inert=("TransferConfig",)),
}
POWERTOOLS = {
    # Metrics and a tracer, which have other makers here, and a User-Agent of its own.
    "aws_lambda_powertools": Lean(found_in={"Logger": "aws_lambda_powertools.logging.logger"}),
    "aws_lambda_powertools.metrics": _WITHOUT_THE_REST,
    # Parameters from anywhere: Secrets Manager, SSM, DynamoDB, the extension of AppConfig. Ours come from AppConfig itself.
    "aws_lambda_powertools.utilities.parameters": _WITHOUT_THE_REST,
    # Handlers of AppSync, Bedrock's agents, VPC Lattice and load balancers, and the events of everything that calls functions.
    "aws_lambda_powertools.event_handler": Lean(
        found_in={
            "APIGatewayRestResolver": "aws_lambda_powertools.event_handler.api_gateway",
            "Response": "aws_lambda_powertools.event_handler.api_gateway",
        }
    ),
    "aws_lambda_powertools.utilities.data_classes": Lean(
        found_in={
            "ALBEvent": f"{_EVENTS}.alb_event",
            "APIGatewayProxyEvent": f"{_EVENTS}.api_gateway_proxy_event",
            "APIGatewayProxyEventV2": f"{_EVENTS}.api_gateway_proxy_event",
            "BedrockAgentEvent": f"{_EVENTS}.bedrock_agent_event",
            "EventBridgeEvent": f"{_EVENTS}.event_bridge_event",
            "LambdaFunctionUrlEvent": f"{_EVENTS}.lambda_function_url_event",
            "VPCLatticeEvent": f"{_EVENTS}.vpc_lattice",
            "VPCLatticeEventV2": f"{_EVENTS}.vpc_lattice",
        }
    ),
}
STRANDS = {
    # All of Strands: agents over voice, several agents, skills, sessions, storage, sandboxes.
    "strands": _WITHOUT_THE_REST,
    "strands.agent": _WITHOUT_THE_REST,
    "strands.agent.conversation_manager": Lean(
        found_in={
            "ConversationManager": "strands.agent.conversation_manager.conversation_manager",
            "NullConversationManager": "strands.agent.conversation_manager.null_conversation_manager",
            "SlidingWindowConversationManager": "strands.agent.conversation_manager.sliding_window_conversation_manager",
        }
    ),
    # Agents from configuration, which it validates by JSON schema.
    "strands.experimental": _WITHOUT_THE_REST,
    "strands.models": _WITHOUT_THE_REST,
    "strands.plugins": Lean(
        found_in={
            "Plugin": "strands.plugins.plugin",
            "MultiAgentPlugin": "strands.plugins.multiagent_plugin",
            "hook": "strands.plugins.decorator",
        }
    ),
    # The SDK of OpenTelemetry, which exports what nobody asked to have exported.
    "strands.telemetry": Lean(found_in={"EventLoopMetrics": "strands.telemetry.metrics"}),
    # Tools that are reloaded while somebody edits them.
    "strands.tools.watcher": Lean(deferred=frozenset({"ToolWatcher"})),
    # An agent looks at how its context might be offloaded, and into what stores.
    "strands.vended_plugins": _WITHOUT_THE_REST,
    "strands.vended_plugins.context_offloader": _WITHOUT_THE_REST,
    # Sessions, and agents over voice, which take part in them.
    "strands.session": _WITHOUT_THE_REST,
    "docstring_parser": _WITHOUT_THE_REST,
    # Carries traces into threads. No function sets a provider of traces, so there are none.
    "opentelemetry.instrumentation": Lean(inert=()),
    "opentelemetry.instrumentation.threading": Lean(inert=("ThreadingInstrumentor",)),
}
