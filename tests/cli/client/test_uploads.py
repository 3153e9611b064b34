"""Uploads through both kinds of client."""

from dataclasses import replace

import pytest

from cli.client import Client, Conflict, NotFound, ServiceError
from cli.client.upload_calls import UploadCalls


def test_a_file_comes_in_parts(client: Client) -> None:
    upload = client.create_upload(10, metadata={"filename": "flowers.zip"})
    assert (upload.bytes, upload.offset, upload.metadata["filename"]) == (10, 0, "flowers.zip")
    assert client.append_to_upload(upload.id, 0, b"once") == 4
    with pytest.raises(Conflict, match="upload_offset_wrong"):
        client.append_to_upload(upload.id, 0, b"once")
    assert client.get_upload(upload.id).offset == 4
    other = client.create_upload(0)
    assert [one.id for one in client.list_uploads(page_size=1)] == [other.id, upload.id]
    client.delete_upload(upload.id)
    with pytest.raises(NotFound):
        client.append_to_upload(upload.id, 4, b" upon")


def test_what_is_damaged_on_its_way_is_refused(client: Client) -> None:
    upload = client.create_upload(10)
    call = UploadCalls.append_to_upload.build(client, upload.id, 0, b"once")
    with pytest.raises(ServiceError, match="checksum_wrong"):
        client.send(replace(call, content=b"0nce"))
    assert client.append_to_upload(upload.id, 0, b"once") == 4
