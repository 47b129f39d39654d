"""Amazon's services: what each of them takes is read once in a process, since that costs more than all else about a client."""

from typing import Any

from botocore.config import Config
from botocore.loaders import Loader
from botocore.session import Session

_models = Loader()


def session() -> Session:
    """A new session: keys, region and addresses are those of the surroundings as they are now."""
    found = Session()
    found.register_component("data_loader", _models)
    return found


def bucket_client() -> Any:
    """A client of S3 in a new session."""
    import boto3  # here: the pages and the senders need not wait for it

    config = Config(retries={"mode": "standard"}, connect_timeout=5, read_timeout=30)
    return boto3.Session(botocore_session=session()).client("s3", config=config)
