"""Descriptions of services: what a client makes of the cut ones is what it makes of whole ones."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import botocore
import botocore.session
import pytest
from aws_lambda_powertools.utilities.idempotency.persistence import dynamodb as idempotency
from aws_lambda_powertools.utilities.parameters import appconfig
from botocore import xform_name
from botocore.loaders import Loader
from strands.models import bedrock

from infra.constructs.layers import LAYERS
from infra.constructs.service_data import OPERATIONS, cut

WHOLE = Path(botocore.__file__).parent / "data"
METHOD = re.compile(r"""[."]([a-z][a-z0-9_]+)\b""")
CALLING = (appconfig.__file__, idempotency.__file__, bedrock.__file__)


@pytest.fixture(scope="module")
def cut_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("botocore") / "data"
    data.mkdir()
    for name in (*OPERATIONS, "ec2"):
        shutil.copytree(WHOLE / name, data / name)
    for file in WHOLE.glob("*.json"):
        shutil.copy(file, data / file.name)
    cut(data, OPERATIONS)
    return data


def client(data: Path, service: str, region: str) -> Any:
    session = botocore.session.Session()
    session.set_credentials("test", "test")
    session.register_component(
        "data_loader", Loader(extra_search_paths=[str(data)], include_default_search_paths=False)
    )
    return session.create_client(service, region)


def test_only_services_that_are_called_stay_and_no_texts(cut_data: Path) -> None:
    assert {path.name for path in cut_data.iterdir() if path.is_dir()} == OPERATIONS.keys()
    assert not list(cut_data.rglob("*.gz"))
    whole = sum(path.stat().st_size for path in WHOLE.glob("*.json"))
    assert sum(path.stat().st_size for path in cut_data.glob("*.json")) < whole / 10


@pytest.mark.parametrize("service", sorted(OPERATIONS))
def test_a_client_knows_the_operations_that_are_called_as_before(cut_data: Path, service: str) -> None:
    made, whole = client(cut_data, service, "us-east-1"), client(WHOLE, service, "us-east-1")
    assert set(made.meta.service_model.operation_names) == OPERATIONS[service]
    for name in OPERATIONS[service]:
        assert operation(made, name) == operation(whole, name), name
    assert made.meta.service_model.metadata == whole.meta.service_model.metadata


@pytest.mark.parametrize("service", sorted(OPERATIONS))
def test_operations_of_a_layer_are_those_that_the_code_calls(service: str) -> None:
    """By the names of methods in what calls clients: our adapters, and the modules of libraries that are handed a client."""
    names = {xform_name(name): name for name in client(WHOLE, service, "us-east-1").meta.service_model.operation_names}
    called = {names[name] for name in METHOD.findall(calling_code()) if name in names}
    assert called == OPERATIONS[service]


def calling_code() -> str:
    adapters = (LAYERS / "conclave" / "python" / "conclave" / "adapters").rglob("*.py")
    return "\n".join(path.read_text(encoding="utf-8") for path in (*adapters, *(Path(each) for each in CALLING)))


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1", "xx-west-7"])
@pytest.mark.parametrize("service", sorted(OPERATIONS))
def test_a_client_goes_to_the_same_endpoint(cut_data: Path, service: str, region: str) -> None:
    made, whole = (client(data, service, region).meta for data in (cut_data, WHOLE))
    assert made.endpoint_url == whole.endpoint_url
    assert made.region_name == whole.region_name


def test_pages_are_still_known(cut_data: Path) -> None:
    assert client(cut_data, "dynamodb", "us-east-1").can_paginate("query")


def operation(client: Any, name: str) -> Mapping[str, Any]:
    """What decides how a call is sent and its answer is read: the operation, and every shape that it leads to."""
    model = client.meta.service_model.operation_model(name)
    shapes: dict[str, Any] = {}
    sides = {"in": model.input_shape, "out": model.output_shape}
    for shape in (*sides.values(), *model.error_shapes):
        follow(shape, shapes)
    pages = client._cache["page_config"].get(name) if client.can_paginate(xform_name(name)) else None
    return {"http": model.http, "auth": model.resolved_auth_type, "pages": pages, "shapes": shapes}


def follow(shape: Any, found: dict[str, Any]) -> None:
    if shape is None or shape.name in found:
        return
    parts = dict(getattr(shape, "members", {}))
    parts |= {name: each for name in ("member", "key", "value") if (each := getattr(shape, name, None)) is not None}
    found[shape.name] = (
        shape.type_name,
        shape.serialization,
        shape.metadata,
        {name: (each.name, each.serialization) for name, each in parts.items()},
    )
    for each in parts.values():
        follow(each, found)


def test_what_others_share_a_link_to_stays_as_it_was(tmp_path: Path) -> None:
    """uv links the files of a layer to its cache, as it does those of every environment."""
    version = tmp_path / "data" / "dynamodb" / "2012-08-10"
    version.mkdir(parents=True)
    shared = {
        "endpoints.json": version.parents[1] / "endpoints.json",
        "paginators-1.json": version / "paginators-1.json",
    }
    for name, linked in shared.items():
        source = WHOLE / name if name == "endpoints.json" else WHOLE / "dynamodb" / "2012-08-10" / name
        shutil.copy(source, tmp_path / name)
        linked.hardlink_to(tmp_path / name)
    before = {name: (tmp_path / name).read_bytes() for name in shared}
    cut(tmp_path / "data", {"dynamodb": {"Query"}})
    assert {name: (tmp_path / name).read_bytes() for name in shared} == before
    assert shared["endpoints.json"].read_bytes() != before["endpoints.json"]
