"""Puts a page where a person finds it: an artifact under a name that stays, with its link in the log."""

import re

from prefect.artifacts import create_markdown_artifact
from prefect.logging import get_run_logger
from prefect.settings import PREFECT_UI_URL


def publish(page: str, description: str, *names: str) -> str:
    """Make the artifact named after `names`; each new one under a name is its next version. Returns its key."""
    key = artifact_key(*names)
    artifact = create_markdown_artifact(page, key=key, description=description)
    site = PREFECT_UI_URL.value()      # the menu of Prefect's pages has no entry for artifacts, so say where it is
    get_run_logger().info("%s: %s", description, f"{site}/artifacts/artifact/{artifact}" if site else f"artifact {key}")
    return key


def artifact_key(*names: str) -> str:
    """A name that Prefect takes: small letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", "-".join(names).lower()).strip("-")
