"""Where the scheduler takes requests from: a folder, a bucket or a webhook. A parcel has one name, under which it is left once.

Each raises Transient where the place is away or busy and Permanent where it will not have the parcel; after either, the same
parcel may be left again under the same name.
"""

import hmac
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import httpcore
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from doorstep.amazon import bucket_client
from doorstep.errors import ConfigError, Permanent, Transient
from doorstep.leaving import leave_file, trouble
from doorstep.rollout.load import sentences
from doorstep.schedule.sources._dialling import CheckedCalls, Deadline

BUSY = {408, 425, 429, 500, 502, 503, 504}
PLACE = "booking.write_back"


class Parcel(BaseModel):
    """Requests that are handed over together: as a file, and as the body of a call."""

    model_config = ConfigDict(frozen=True)
    name: str
    as_csv: bytes
    as_json: bytes


class Taker(BaseModel, ABC):
    """What every kind does; its fields are the keys it takes in `booking.write_back`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: str

    def faults(self) -> list[str]:
        """What is wrong and can be seen without going out, each as `key: what is wrong`."""
        return []

    @abstractmethod
    def leave(self, parcel: Parcel, *, base: Path, now: int) -> None:
        """Hand a parcel over, unless it is there already. `base` is what relative paths are relative to."""


class Folder(Taker):
    """A folder that the scheduler reads; a file appears in it whole or not at all."""

    kind: Literal["folder"]
    path: str = Field(min_length=1)

    def leave(self, parcel: Parcel, *, base: Path, now: int) -> None:
        """A file of the parcel's name."""
        folder = base / Path(self.path).expanduser()
        try:
            leave_file(folder / f"{parcel.name}.csv", parcel.as_csv)
        except OSError as error:
            raise Transient(f'{PLACE}.path: the folder "{folder}" cannot be written to ({error.strerror})',
                            code=trouble(error)) from error


class Bucket(Taker):
    """A bucket of S3. Credentials, region and endpoint come from AWS's own variables and files."""

    kind: Literal["s3"]
    bucket: str = Field(pattern=r"^[A-Za-z0-9._:/-]{3,}$")
    prefix: str = ""

    def leave(self, parcel: Parcel, *, base: Path, now: int) -> None:
        """S3 itself refuses the second of two writers of a name."""
        try:
            bucket_client().put_object(Bucket=self.bucket, Key=f"{self.prefix}{parcel.name}.csv", Body=parcel.as_csv,
                                       IfNoneMatch="*", ContentType="text/csv; charset=utf-8")
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "an error"))
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            if code == "PreconditionFailed":
                return
            busy = status in BUSY or status >= 500 or code in ("ConditionalRequestConflict", "SlowDown")
            raise (Transient if busy else Permanent)(f"s3://{self.bucket}: {code} in answer to PutObject") from error
        except (NoCredentialsError, PartialCredentialsError) as error:
            raise Permanent(f"s3://{self.bucket}: no AWS credentials are set; see AWS_ACCESS_KEY_ID or AWS_PROFILE") from error
        except BotoCoreError as error:
            raise Transient(f"s3://{self.bucket}: S3 cannot be reached ({type(error).__name__})", code="away") from error


class Webhook(Taker):
    """An address of the scheduler's that takes a signed JSON object. `secret` names the environment variable of the key.

    `Doorstep-Signature: t=<seconds>,v1=<hex>` is the HMAC-SHA256 of "<seconds>.<body>"; `Idempotency-Key` is the parcel's
    name: a call whose answer was lost is made again with it.
    """

    kind: Literal["webhook"]
    url: str
    secret: str = Field(min_length=1)
    timeout: float = Field(default=20, gt=0, le=120)
    allow_private: bool = False

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if not (url.isascii() and url.isprintable() and " " not in url) or not parts.hostname or parts.username or parts.password:
            raise ValueError("not a web address; write one like https://scheduler.example.com/requests")
        return url

    def faults(self) -> list[str]:
        """A key that is not set, or an address to which anybody could listen."""
        unset = [] if os.environ.get(self.secret) else [f"secret: the environment variable {self.secret} is not set"]
        plain = not self.url.startswith("https://") and not (self.allow_private and self.url.startswith("http://"))
        return unset + (["url: it does not begin with https://"] if plain else [])

    def leave(self, parcel: Parcel, *, base: Path, now: int) -> None:
        """One call; neither redirects nor proxies are followed."""
        signed = hmac.digest(os.environ[self.secret].encode(), f"{now}.".encode() + parcel.as_json, "sha256").hex()
        headers = {"Content-Type": "application/json", "User-Agent": "Doorstep", "Idempotency-Key": parcel.name,
                   "Doorstep-Signature": f"t={now},v1={signed}"}
        with self._said():
            calls = CheckedCalls(Deadline(self.timeout), allow_private=self.allow_private)
            with httpcore.ConnectionPool(network_backend=calls) as pool:
                status = pool.request("POST", self.url, headers=list(headers.items()), content=parcel.as_json).status
        if 200 <= status < 300:
            return
        said = f"{self._where()}: the scheduler answers HTTP {status} to {parcel.name}"
        raise (Transient if status in BUSY or status >= 500 else Permanent)(said)

    def _where(self) -> str:
        """The address without what may be secret in it."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @contextmanager
    def _said(self) -> Any:
        try:
            yield
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise Transient(f"{self._where()}: no answer ({type(error).__name__})", code="away") from error
        except (Transient, Permanent) as error:
            raise type(error)(f"{self._where()}: {str(error).replace('feed.source', PLACE)}") from error


KINDS: Mapping[str, Callable[[Mapping[str, Any]], Taker]] = {
    "folder": Folder.model_validate, "s3": Bucket.model_validate, "webhook": Webhook.model_validate}


def taker(said: Mapping[str, Any], *, place: str) -> Taker:
    """The taker that a rollout's `booking.write_back` names. Raises ConfigError with every mistake."""
    kind = str(said.get("kind") or "")
    if kind not in KINDS:
        wrong = f'"{kind}" is not a kind' if kind else "missing"
        raise ConfigError(f"{place}: {PLACE}.kind: {wrong}; the kinds are {', '.join(KINDS)}")
    try:
        found = KINDS[kind](dict(said))
    except ValidationError as error:
        raise ConfigError([f"{place}: {PLACE}.{sentence}" for sentence in sentences(error)]) from error
    if faults := found.faults():
        raise ConfigError([f"{place}: {PLACE}.{fault}" for fault in faults])
    return found
