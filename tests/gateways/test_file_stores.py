"""The file store on a folder and on an S3-compatible server: the same answers."""

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from django.core.files.storage import default_storage
from django.test import override_settings
from django.utils import timezone
from moto.server import ThreadedMotoServer

from peercert.config.environment import read
from peercert.config.storage import storages
from peercert.gateways import files


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3-compatible server with one bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    secret = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-west-1"}
    boto3.client("s3", endpoint_url=endpoint, **secret).create_bucket(
        Bucket="documents", CreateBucketConfiguration={"LocationConstraint": "us-west-1"}
    )
    yield endpoint
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def store(request: Any, tmp_path: Any) -> Iterator[None]:
    env = {"PEERCERT_HOME": str(tmp_path)}
    if request.param == "bucket":
        endpoint = request.getfixturevalue("s3")
        env["FILES_URL"] = f"s3://key:secret@documents?endpoint={endpoint}&region=us-west-1"
    with override_settings(STORAGES=storages(read(env))):
        yield


def test_what_is_stored_is_read_back_and_removed(store: None) -> None:
    name = files.store("documents/one", b"sealed")
    assert files.fetch(name) == b"sealed"
    files.remove(name)
    with pytest.raises(FileNotFoundError):
        files.fetch(name)


def test_a_taken_name_is_never_written_over(store: None) -> None:
    first, second = files.store("documents/same", b"first"), files.store("documents/same", b"second")
    assert first != second
    assert files.fetch(first) == b"first"


def test_the_sweeper_finds_what_is_old_enough(store: None) -> None:
    name = files.store("orphans/a/b", b"sealed")
    assert list(files.stored_before("orphans", timezone.now() + timedelta(minutes=1))) == [name]
    assert list(files.stored_before("orphans", timezone.now() - timedelta(minutes=1))) == []


def test_stored_files_are_the_owners_alone(tmp_path: Any) -> None:
    with override_settings(STORAGES=storages(read({"PEERCERT_HOME": str(tmp_path)}))):
        name = files.store("documents/one", b"sealed")
        assert os.stat(default_storage.path(name)).st_mode & 0o077 == 0
