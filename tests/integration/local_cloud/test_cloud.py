from __future__ import annotations

import json
import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from ports import free_ports

from local import stacks
from local.cloud import Cloud
from local.errors import CloudError
from local.processes import port_in_use
from local.settings import Settings


def test_starting_twice_starts_once(cloud: Cloud) -> None:
    before = cloud.status()
    said: list[str] = []
    assert cloud.start(said.append) is False
    assert said == []
    assert cloud.status() == before
    assert before.running
    assert before.models == "offline policy"


def listening(pid: int) -> set[str]:
    """Addresses on which a process accepts TCP connections, as the kernel writes them."""
    own = {path.readlink().name.removeprefix("socket:").strip("[]") for path in Path(f"/proc/{pid}/fd").iterdir()}
    lines = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]
    ]
    return {fields[1] for fields in lines if fields[3] == "0A" and fields[9] in own}


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="the kernel's table of sockets is Linux's")
def test_both_listen_on_the_loopback_interface_only(cloud: Cloud) -> None:
    status = cloud.status()
    for pid, port in ((status.emulator, cloud.settings.port), (status.bedrock, cloud.settings.bedrock_port)):
        assert listening(pid) == {f"0100007F:{port:04X}"}


def test_a_foreign_program_on_the_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as other:
        port = taken.getsockname()[1]
        cloud = Cloud(tmp_path, Settings(root=tmp_path, port=other.getsockname()[1], bedrock_port=port))
        with pytest.raises(CloudError, match=f"port {port} is used by another program") as raised:
            cloud.start()
    assert "\n" not in str(raised.value)
    assert not cloud.status().running


def test_the_stand_in_does_not_outlive_a_start_that_fails(tmp_path: Path) -> None:
    (bedrock_port,) = free_ports(1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        cloud = Cloud(tmp_path, Settings(root=tmp_path, port=taken.getsockname()[1], bedrock_port=bedrock_port))
        with pytest.raises(CloudError, match="CONCLAVE_PORT"):
            cloud.start()
    assert not port_in_use(bedrock_port)


def test_a_killed_emulator_is_replaced_and_stop_ends_everything(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    ports = free_ports(2)
    cloud = Cloud(tmp_path, Settings(root=tmp_path, port=ports[0], bedrock_port=ports[1]))
    request.addfinalizer(cloud.stop)  # whatever the test finds, nothing of it runs on
    cloud.start()
    first = cloud.status()
    os.killpg(first.emulator, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while cloud.status().running and time.monotonic() < deadline:
        time.sleep(0.02)
    assert cloud.status().lost
    said: list[str] = []
    assert cloud.start(said.append) is True
    assert not cloud.status().lost
    second = cloud.status()
    assert said == ["starting the AWS emulator"]
    assert second.bedrock == first.bedrock
    assert second.emulator != first.emulator
    assert cloud.stop() is True
    assert cloud.stop() is False
    assert not any(port_in_use(port) for port in ports)


def test_killed_stand_in_is_started_again_and_the_emulator_stays(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    ports = free_ports(2)
    cloud = Cloud(tmp_path, Settings(root=tmp_path, port=ports[0], bedrock_port=ports[1]))
    request.addfinalizer(cloud.stop)
    cloud.start()
    first = cloud.status()
    os.killpg(first.bedrock, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while cloud.status().running and time.monotonic() < deadline:
        time.sleep(0.02)
    without = cloud.status()
    assert (without.emulator, without.bedrock, without.lost) == (first.emulator, 0, False)
    said: list[str] = []
    assert cloud.start(said.append) is True
    assert said == ["starting the Bedrock stand-in"]
    assert cloud.status().emulator == first.emulator


def test_destroyed_stack_is_noticed_whatever_the_marker_says(cloud: Cloud) -> None:
    formation = cloud.client("cloudformation")
    topic = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    formation.create_stack(StackName="stands", TemplateBody=json.dumps(topic))
    formation.get_waiter("stack_create_complete").wait(StackName="stands", WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    assert stacks.stand(formation, ["stands"])
    formation.delete_stack(StackName="stands")
    formation.get_waiter("stack_delete_complete").wait(StackName="stands", WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    assert not stacks.stand(formation, ["stands"])


def test_failing_resource_is_told_with_its_reason(cloud: Cloud) -> None:
    formation = cloud.client("cloudformation")
    incomplete = {"Resources": {"Target": {"Type": "AWS::ApplicationAutoScaling::ScalableTarget"}}}
    formation.create_stack(StackName="fails", TemplateBody=json.dumps(incomplete))
    deadline = time.monotonic() + 30
    while not (told := stacks.failure(formation, ["fails"])) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert told.startswith("fails: Target (AWS::ApplicationAutoScaling::ScalableTarget): ")


def test_nothing_deployed_says_what_to_run(cloud: Cloud) -> None:
    with pytest.raises(CloudError, match="run: conclave up --pack nowhere"):
        cloud.outputs("local", "nowhere")


def test_the_local_client_needs_no_environment(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    caller: Any = cloud.client("sts").get_caller_identity()
    assert caller["Account"] == "000000000000"
