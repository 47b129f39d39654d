"""Where Doorstep keeps its things: environment variables or `.env` become Settings."""

from functools import cached_property
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

CHECKOUT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """All settings, each from `DOORSTEP_<NAME>`; paths are taken from the current folder."""

    model_config = SettingsConfigDict(env_prefix="DOORSTEP_", env_file=".env", extra="ignore")

    home: Path = Path.home() / ".doorstep"
    database_url: str = ""
    config: Path = CHECKOUT / "config"
    templates: Path = CHECKOUT / "templates"
    outbox: Path | None = None
    public_url: str = "http://localhost:8080"
    secret_key: SecretStr = SecretStr("")

    @cached_property
    def database(self) -> str:
        """The SQLAlchemy URL; an SQLite file under `home` unless one is set."""
        return self.database_url or f"sqlite:///{self.home / 'doorstep.db'}"

    @cached_property
    def outbox_folder(self) -> Path:
        """The folder that takes the messages of every rollout that is not live."""
        return self.outbox or self.home / "outbox"

    @cached_property
    def feeds_folder(self) -> Path:
        """Where a copy of each held feed waits for a person."""
        return self.home / "feeds"
