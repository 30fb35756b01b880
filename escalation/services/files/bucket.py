"""Files kept in a bucket of an S3-compatible store; needs the extra ``s3``, and is loaded only where one is named."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError

from escalation.domain.errors import NotFound
from escalation.domain.file_settings import Bucket
from escalation.services.files.stores import NAME, StoreAway, Stored, checked_name

PREFIX: Final = "files/"
TIMEOUTS: Final = {"connect_timeout": 5, "read_timeout": 20, "retries": {"max_attempts": 2}}
MISSING: Final = frozenset({"404", "NoSuchKey", "NotFound"})


class BucketStore:
    """A bucket; an object is there whole or not at all."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket.name
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=bucket.endpoint,
            region_name=bucket.region or "us-east-1",
            aws_access_key_id=bucket.access_key,
            aws_secret_access_key=bucket.secret_key,
            config=ClientConfig(**TIMEOUTS),
        )

    def keep(self, name: str, source: Path) -> None:
        """Keep the bytes of a local file under this name."""
        with _answered():
            self._client.put_object(Bucket=self._bucket, Key=self._key(name), Body=source.read_bytes())

    def read(self, name: str) -> bytes:
        """Return the bytes kept under this name. Raises: NotFound."""
        with _answered():
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key(name))
            with answer["Body"] as body:
                content: bytes = body.read()
            return content

    def drop(self, name: str) -> None:
        """Let go of the bytes under this name, if there are any."""
        with _answered():
            self._client.delete_object(Bucket=self._bucket, Key=self._key(name))

    def names(self) -> Iterator[Stored]:
        """Yield everything that is kept."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=PREFIX)
        for page in pages:
            for one in page.get("Contents", ()):
                name = str(one["Key"]).removeprefix(PREFIX)
                if NAME.fullmatch(name):
                    yield Stored(name, one["LastModified"])

    @staticmethod
    def _key(name: str) -> str:
        return PREFIX + checked_name(name)


@contextmanager
def _answered() -> Iterator[None]:
    """Say in our own words that an object is missing, or that the store is away."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in MISSING:
            raise NotFound("file") from error
        raise StoreAway(type(error).__name__) from error
    except BotoCoreError as error:
        raise StoreAway(type(error).__name__) from error
