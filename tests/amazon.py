"""Amazon for tests: its services by moto on loopback, started once in a test run and emptied for each test."""

from functools import cache
from typing import Any

import boto3
import httpx
from moto.server import ThreadedMotoServer

# Where the environment leads: never to Amazon itself. A region that buckets need not name.
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1",
               "AWS_EC2_METADATA_DISABLED": "true"}


class Amazon:
    """The server, and clients that speak to it whatever the environment says of addresses."""

    def __init__(self) -> None:
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.host = f"{host}:{port}"
        self.url = f"http://{self.host}"
        self._http = httpx.Client(trust_env=False)      # one: each new client reads every certificate there is

    @cache      # noqa: B019  (there is one server in a test run; to make a client takes a tenth of a second)
    def client(self, service: str) -> Any:
        return boto3.client(service, endpoint_url=self.url)

    def empty(self) -> None:
        """Forget every bucket, queue and topic."""
        self._http.post(f"{self.url}/moto-api/reset").raise_for_status()

    def stop(self) -> None:
        self._http.close()
        self._server.stop()
