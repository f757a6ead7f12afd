"""AWS and models behind the ports of the engine. Large libraries are loaded lean from here on."""

from conclave.adapters.lean_imports import install
from conclave.adapters.lean_libraries import BOTO3, BOTOCORE, CREDENTIALS, POWERTOOLS, STANDARD, STRANDS, URLLIB3

install({**BOTOCORE, **BOTO3, **CREDENTIALS, **POWERTOOLS, **STANDARD, **STRANDS, **URLLIB3})
