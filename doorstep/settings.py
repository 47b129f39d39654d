"""Where Doorstep keeps its things: environment variables or `.env` become Settings."""

from functools import cached_property
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

CHECKOUT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """All settings, each from `DOORSTEP_<NAME>`; paths are taken from the current folder."""

    model_config = SettingsConfigDict(env_prefix="DOORSTEP_", env_file=".env", extra="ignore", populate_by_name=True)

    home: Path = Path.home() / ".doorstep"
    database_url: str = ""
    config: Path = CHECKOUT / "config"
    templates: Path = CHECKOUT / "templates"
    outbox: Path | None = None
    public_url: str = "http://localhost:8080"
    secret_key: SecretStr = SecretStr("")
    # Who may speak at the hooks. Public keys of SendGrid's signed webhooks (base64, by commas: each webhook has its own),
    # the topics and queues of AWS that are ours (ARNs and URLs, by commas), and a secret that stands in the path of the
    # hooks whose provider signs nothing.
    sendgrid_event_keys: str = ""
    sns_topics: str = ""
    sqs_queues: str = ""
    hook_secret: SecretStr = SecretStr("")
    hook_window_seconds: int = 300
    web_host: str = "127.0.0.1"
    web_port: int = 8080
    web_proxies: str = ""          # addresses or networks of our own proxies, by commas: their X-Forwarded-For is believed
    # Providers' own names, without our prefix; AWS reads its standard variables by itself.
    sendgrid_api_key: SecretStr = Field(default=SecretStr(""), validation_alias="SENDGRID_API_KEY")
    sendgrid_api_url: str = Field(default="", validation_alias="SENDGRID_API_URL")
    twilio_account_sid: str = Field(default="", validation_alias="TWILIO_ACCOUNT_SID")
    twilio_auth_token: SecretStr = Field(default=SecretStr(""), validation_alias="TWILIO_AUTH_TOKEN")
    twilio_api_url: str = Field(default="", validation_alias="TWILIO_API_URL")
    africastalking_username: str = Field(default="", validation_alias="AFRICASTALKING_USERNAME")
    africastalking_api_key: SecretStr = Field(default=SecretStr(""), validation_alias="AFRICASTALKING_API_KEY")
    africastalking_api_url: str = Field(default="", validation_alias="AFRICASTALKING_API_URL")
    smtp_url: SecretStr = Field(default=SecretStr(""), validation_alias="SMTP_URL")     # smtps://user:password@host:465

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
