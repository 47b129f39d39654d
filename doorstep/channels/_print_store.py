"""Where letters are left for a print house: a folder or a bucket, in which a name is written once, whole, and stays."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from botocore.exceptions import ClientError

from doorstep.channels import _aws
from doorstep.errors import Transient
from doorstep.leaving import leave_file, trouble

TYPES = {".pdf": "application/pdf", ".json": "application/json"}


class MaybeWritten(Transient):
    """No answer was understood: the name may be there, now or in a moment."""


class PrintStore(Protocol):
    """A place of names such as `2027-01-15/<digest>.pdf`. All of it raises Transient when the place is away or full."""

    def put_new(self, name: str, content: bytes, now: int) -> bool:
        """Write a name that is not there yet, whole or not at all; False where it is. Raises MaybeWritten in doubt."""
        ...

    def get(self, name: str) -> bytes | None:
        """What stands under a name."""
        ...

    def days(self) -> list[str]:
        """The days that have names."""
        ...

    def names(self, day: str) -> list[str]:
        """The names of a day, without it."""
        ...


class FolderStore:
    """A folder, which may be shared with the print house. Unfinished files begin with a dot."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put_new(self, name: str, content: bytes, now: int) -> bool:
        """A file of this name, which is there whole or not at all."""
        with self._said():
            return leave_file(self.root / name, content)

    def get(self, name: str) -> bytes | None:
        """The file's content."""
        with self._said():
            try:
                return (self.root / name).read_bytes()
            except FileNotFoundError:
                return None

    def days(self) -> list[str]:
        """The folder's folders."""
        with self._said():
            return sorted(path.name for path in self.root.iterdir() if path.is_dir()) if self.root.is_dir() else []

    def names(self, day: str) -> list[str]:
        """The files of a day."""
        with self._said():
            return sorted(path.name for path in (self.root / day).iterdir() if not path.name.startswith("."))

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Transient(f"the letters' folder {self.root} cannot be used: {error.strerror}", code=trouble(error)) from error


class BucketStore:
    """A bucket of S3. Credentials, region and endpoint come from AWS's own variables and files."""

    def __init__(self, bucket: str, prefix: str, access: _aws.Access, country: str, *, kms_key: str = "") -> None:
        self.bucket = bucket
        self.prefix = prefix.strip("/") + "/"
        self._where = (access, country)
        self._sealed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}

    def put_new(self, name: str, content: bytes, now: int) -> bool:
        """S3 itself refuses the second of two writers."""
        try:
            self._client().put_object(Bucket=self.bucket, Key=self.prefix + name, Body=content, IfNoneMatch="*",
                                    ContentType=TYPES[Path(name).suffix], **self._sealed)
        except ClientError as error:
            if _aws.code_of(error) == "PreconditionFailed":
                return False
            # 409: another writer of the same name is at it, and who of us wins is not known yet.
            raise self._fault(error, now, unsure=_aws.code_of(error) == "ConditionalRequestConflict") from error
        except Exception as error:
            raise self._fault(error, now) from error
        return True

    def get(self, name: str) -> bytes | None:
        """The object's content."""
        try:
            return bytes(self._client(reads=True).get_object(Bucket=self.bucket, Key=self.prefix + name)["Body"].read())
        except ClientError as error:
            if _aws.code_of(error) == "NoSuchKey":
                return None
            raise self._fault(error) from error
        except Exception as error:
            raise self._fault(error) from error

    def days(self) -> list[str]:
        """What stands between the prefix and the next stroke."""
        return sorted(entry["Prefix"][len(self.prefix):-1]
                      for entry in self._listed("CommonPrefixes", Prefix=self.prefix, Delimiter="/"))

    def names(self, day: str) -> list[str]:
        """The objects of a day."""
        start = f"{self.prefix}{day}/"
        return sorted(entry["Key"][len(start):] for entry in self._listed("Contents", Prefix=start))

    def _client(self, *, reads: bool = False) -> Any:
        return _aws.client("s3", *self._where, reads=reads)

    def _listed(self, found: str, **wanted: str) -> Iterator[dict[str, Any]]:
        try:
            for page in self._client(reads=True).get_paginator("list_objects_v2").paginate(Bucket=self.bucket, **wanted):
                yield from page.get(found, [])
        except Exception as error:
            raise self._fault(error) from error

    def _fault(self, error: Exception, now: int | None = None, *, unsure: bool = False) -> Transient:
        """What an error of S3 means for the bucket as a whole. Who reads knows no `now`, and so no moment to try again."""
        if isinstance(error, Transient):
            return error
        verdict = _aws.verdict_of(error, now or 0)
        said = f"s3://{self.bucket}: not written or read ({verdict.said})"
        if unsure or verdict.state == "unknown":
            return MaybeWritten(said, code="away")
        code = verdict.code if verdict.code in _aws.WHOLE else "auth"
        return Transient(said, until=None if now is None else verdict.until, code=code)
