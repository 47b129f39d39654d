"""Amazon's services: what each of them takes is read once in a process, since that costs more than all else about a client."""

import boto3
from botocore.loaders import Loader
from botocore.session import Session

_models = Loader()


def session() -> boto3.Session:
    """A new session: keys, region and addresses are those of the surroundings as they are now."""
    found = Session()
    found.register_component("data_loader", _models)
    return boto3.Session(botocore_session=found)
