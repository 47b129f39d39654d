"""Objects in an S3 bucket: every version that was not taken yet, in the order in which they were written."""

import fnmatch
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError
from pydantic import ConfigDict, Field

from doorstep.amazon import bucket_client
from doorstep.errors import Permanent, Transient
from doorstep.schedule.sources import Arrival, SourceShape, is_half_written, order

PIECE = 1 << 20
BUSY = {"SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "Throttling", "ThrottlingException"}
UNVERSIONED = "null"       # what S3 calls the version of an object that has none


@dataclass(frozen=True)
class Written:
    """One version of one object."""

    key: str
    version: str
    etag: str
    at: datetime
    place: int             # among those of the same second, by the bucket's own order

    @property
    def mark(self) -> str:
        """What tells this version from every other of its key."""
        return f"{self.at.isoformat()} {self.etag if self.version == UNVERSIONED else self.version}"


class Source(SourceShape):
    """Credentials, region and endpoint come from AWS's own variables and files."""

    model_config = ConfigDict(extra="forbid", frozen=True, ignored_types=(cached_property,))
    kind: Literal["s3"]
    bucket: str = Field(pattern=r"^[A-Za-z0-9._:/-]{3,}$")
    prefix: str = ""
    pattern: str = "*"

    def arrivals(self, *, marks: Mapping[str, str], folder: Path, base: Path) -> Iterator[Arrival]:
        """Every version that is newer than its key's mark; each is downloaded when it is asked for."""
        with self._said():
            new = [written for key, versions in self._by_key().items()
                   for written in _newer(versions, marks.get(self._name(key), ""))]
        for written in sorted(new, key=lambda it: (*order(it.key, it.at.timestamp())[:2], it.place)):
            path = folder / f"s3-{hashlib.sha256(f'{written.key} {written.mark}'.encode()).hexdigest()[:12]}"
            with self._said():
                self._download(written, path)
            yield Arrival(written.key.rpartition("/")[2], path, self._name(written.key), written.mark)

    @cached_property
    def _client(self) -> Any:
        return bucket_client()

    def _name(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"

    def _by_key(self) -> dict[str, list[Written]]:
        """The versions of each object that the pattern names, oldest first."""
        by_key: dict[str, list[Written]] = {}
        for place, entry in enumerate(self._listed()):
            if self._wanted(entry["Key"]):
                version = entry.get("VersionId", UNVERSIONED)
                written = Written(entry["Key"], version, entry["ETag"], entry["LastModified"], -place)
                by_key.setdefault(written.key, []).append(written)
        return {key: versions[::-1] for key, versions in by_key.items()}

    def _listed(self) -> Iterator[dict[str, Any]]:
        """Every object of the bucket, or every version where it keeps them: of one key the newest first."""
        call, found = ("list_object_versions", "Versions") if self._keeps_versions() else ("list_objects_v2", "Contents")
        for page in self._client.get_paginator(call).paginate(Bucket=self.bucket, Prefix=self.prefix):
            yield from page.get(found, [])

    def _keeps_versions(self) -> bool:
        try:
            return "Status" in self._client.get_bucket_versioning(Bucket=self.bucket)
        except ClientError as error:
            if _code(error) not in ("AccessDenied", "403", "NotImplemented"):
                raise
            return False                                  # who may not even ask reads what is there now

    def _wanted(self, key: str) -> bool:
        rest = key.removeprefix(self.prefix).lstrip("/") or key
        return not key.endswith("/") and not is_half_written(rest) and fnmatch.fnmatchcase(rest, self.pattern)

    def _download(self, written: Written, path: Path) -> None:
        version = {} if written.version == UNVERSIONED else {"VersionId": written.version}
        body = self._client.get_object(Bucket=self.bucket, Key=written.key, **version)["Body"]
        with path.open("wb") as file:
            file.writelines(body.iter_chunks(PIECE))

    @contextmanager
    def _said(self) -> Iterator[None]:
        """AWS's errors in our words."""
        try:
            yield
        except ClientError as error:
            busy = _code(error) in BUSY or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500
            said = f"s3://{self.bucket}: {_code(error)} in answer to {error.operation_name}"
            raise (Transient if busy else Permanent)(said) from error
        except (NoCredentialsError, PartialCredentialsError) as error:
            said = f"s3://{self.bucket}: no AWS credentials are set; see AWS_ACCESS_KEY_ID or AWS_PROFILE"
            raise Permanent(said) from error
        except BotoCoreError as error:
            raise Transient(f"s3://{self.bucket}: S3 cannot be reached or broke off ({type(error).__name__})") from error


def _newer(versions: list[Written], mark: str) -> list[Written]:
    """Of a key's versions, oldest first, those written after the marked one; by time where that one is gone."""
    taken = [place for place, written in enumerate(versions) if written.mark == mark]
    if taken:
        return versions[taken[-1] + 1:]
    if not mark:
        return versions
    since = datetime.fromisoformat(mark.split(" ")[0])
    return [written for written in versions
            if written.at >= since and not (written.version == UNVERSIONED and mark.endswith(f" {written.etag}"))]


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "an error"))
