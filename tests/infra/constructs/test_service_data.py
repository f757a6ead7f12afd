"""Descriptions of services: what a client makes of the cut ones is what it makes of whole ones."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import botocore
import botocore.session
import pytest
from botocore.loaders import Loader

from infra.constructs import layers, service_data

WHOLE = Path(botocore.__file__).parent / "data"


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("botocore") / "data"
    data.mkdir()
    for name in (*layers.SERVICES, "ec2"):
        shutil.copytree(WHOLE / name, data / name)
    for file in WHOLE.glob("*.json"):
        shutil.copy(file, data / file.name)
    service_data.cut(data, layers.SERVICES)
    return data


def client(data: Path, service: str, region: str) -> Any:
    session = botocore.session.Session()
    session.set_credentials("test", "test")
    session.register_component(
        "data_loader", Loader(extra_search_paths=[str(data)], include_default_search_paths=False)
    )
    return session.create_client(service, region)


def test_only_services_that_are_called_stay_and_no_texts(cut: Path) -> None:
    assert {path.name for path in cut.iterdir() if path.is_dir()} == layers.SERVICES
    assert not list(cut.rglob("*.gz"))
    whole = sum(path.stat().st_size for path in WHOLE.glob("*.json"))
    assert sum(path.stat().st_size for path in cut.glob("*.json")) < whole / 10


@pytest.mark.parametrize("service", sorted(layers.SERVICES))
def test_a_client_knows_the_same_operations_and_shapes(cut: Path, service: str) -> None:
    made, whole = client(cut, service, "us-east-1"), client(WHOLE, service, "us-east-1")
    operations = whole.meta.service_model.operation_names
    assert made.meta.service_model.operation_names == operations
    for name in operations:
        assert shape_of(made, name) == shape_of(whole, name), name
    assert made.meta.service_model.metadata == whole.meta.service_model.metadata


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1", "xx-west-7"])
@pytest.mark.parametrize("service", sorted(layers.SERVICES))
def test_a_client_goes_to_the_same_endpoint(cut: Path, service: str, region: str) -> None:
    made, whole = (client(data, service, region).meta for data in (cut, WHOLE))
    assert made.endpoint_url == whole.endpoint_url
    assert made.region_name == whole.region_name


def test_pages_are_still_known(cut: Path) -> None:
    assert client(cut, "dynamodb", "us-east-1").can_paginate("query")


def shape_of(client: Any, operation: str) -> Mapping[str, Any]:
    model = client.meta.service_model.operation_model(operation)
    sides = {"in": model.input_shape, "out": model.output_shape}
    return {
        "http": model.http,
        "errors": [each.name for each in model.error_shapes],
        **{
            side: {name: (each.type_name, each.serialization) for name, each in shape.members.items()}
            for side, shape in sides.items()
            if shape is not None
        },
    }


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
    service_data.cut(tmp_path / "data", {"dynamodb"})
    assert {name: (tmp_path / name).read_bytes() for name in shared} == before
    assert shared["endpoints.json"].read_bytes() != before["endpoints.json"]
