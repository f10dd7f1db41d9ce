"""Settings: one class, read from the environment and `.env`; every default works offline.

`get_settings()` reads the environment and the file `.env` of the project folder (or the file that
WELLHEAD_ENV_FILE names) once a process, and not at import. Tests call `get_settings.cache_clear()`
after a change.
"""

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from wellhead.errors import SettingsError
from wellhead.masking import keep_secret

_PORT = re.compile(
    r"[^:/]*://(?>(?:[^:/@]*(?::[^@]*)?@)?)(?>(?:[^/?#]*@)?)"  # the user, who may hold an @
    r"(?:\[[^\]]*\]|[^:/?#]*):(?P<port>[^/?#]*)"
)

_LIMIT = re.compile(r"[1-9]\d{0,8}/(second|minute|hour|day)")
_ORIGIN = re.compile(r"https?://(?:[a-z0-9-]+\.)*[a-z0-9-]+(?::\d{1,5})?")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")

AUTO = "auto"  # the value of `source` that leaves the choice to each command


def _project_root() -> Path:
    """The checkout that contains this package, else the current folder."""
    checkout = Path(__file__).resolve().parents[3]
    return checkout if (checkout / "pipeline.yaml").exists() else Path.cwd()


class Settings(BaseSettings):
    """All settings. docs/settings.md prints the description of each field."""

    model_config = SettingsConfigDict(env_prefix="WELLHEAD_", extra="ignore", populate_by_name=True)

    home: Path = Field(
        default_factory=_project_root,
        description="The project folder, with pipeline.yaml; it will contain var/ and artifacts/.",
    )
    var_dir: Path | None = Field(
        None, description="Folder of the embedded database and the models. Default: HOME/var."
    )
    artifacts_dir: Path | None = Field(
        None, description="Folder of executed notebooks and the site. Default: HOME/artifacts."
    )
    database_url: SecretStr | None = Field(
        None,
        alias="DATABASE_URL",
        description="PostgreSQL to use. Unset: an embedded PostgreSQL under VAR_DIR.",
    )
    database_bulk: Literal["copy", "rows"] = Field(
        "copy",
        alias="DATABASE_BULK",
        description="How batches are sent: `copy`, or `rows` for a server or proxy without COPY.",
    )
    database_read_url: SecretStr | None = Field(
        None,
        alias="DATABASE_READ_URL",
        description="A replica of DATABASE_URL, for programs that only read. Unset or empty: none.",
    )
    database_read_max_lag: float = Field(
        60,
        ge=0,
        alias="DATABASE_READ_MAX_LAG",
        description="Seconds by which the replica may be behind; beyond that, reads fail.",
    )
    database_connections: int = Field(
        15,
        ge=1,
        alias="DATABASE_CONNECTIONS",
        description="Most connections of a process at a time. A run needs 3 in each process.",
    )
    mlflow_tracking_uri: SecretStr | None = Field(
        None,
        alias="MLFLOW_TRACKING_URI",
        description="MLflow server or database. Unset: schema `mlflow` of the same PostgreSQL. "
        "User and password of a server may also be in MLFLOW_TRACKING_USERNAME and "
        "MLFLOW_TRACKING_PASSWORD.",
    )
    source: str = Field(
        AUTO,
        description="Source of prices if a command names none. `auto`: `fred` where it answers "
        "within five seconds, else `archive`; commands that only read take the source with the "
        "newest stored day.",
    )
    csv_dir: Path | None = Field(
        None,
        description="Folder of the CSV and Excel files that source `csv` reads (docs/files.md).",
    )
    eia_api_key: SecretStr | None = Field(
        None, alias="EIA_API_KEY", description="Key for source `eia`: free, from eia.gov/opendata."
    )
    fred_api_key: SecretStr | None = Field(
        None,
        alias="FRED_API_KEY",
        description="Key for sources `fred`, which works without one, and `alfred`: free, from "
        "fred.stlouisfed.org.",
    )
    eia_base_url: str = Field(
        "https://api.eia.gov", description="Address of source `eia`, or of a proxy for it."
    )
    fred_base_url: str = Field(
        "https://api.stlouisfed.org",
        description="Address of source `fred` with a key, or of a proxy for it.",
    )
    fred_graph_base_url: str = Field(
        "https://fred.stlouisfed.org",
        description="Address of source `fred` without a key, or of a proxy for it.",
    )
    cftc_base_url: str = Field(
        "https://publicreporting.cftc.gov",
        description="Address of source `cftc`, or of a proxy for it.",
    )
    futures_months: int = Field(
        12, ge=1, le=60, description="Dated contracts of each root that source `yahoo` carries."
    )
    quality_target: float = Field(
        0.98, ge=0, le=1, description="Share of rows that must pass; a batch below it is refused."
    )
    keep_versions: int = Field(
        5,
        ge=2,
        description="Newest trainings of each model of a commodity that are kept whole, and newest "
        "runs of the pipeline in MLflow. Champions are kept for ever.",
    )
    processes: int | None = Field(
        None,
        ge=1,
        description="Notebooks, or parts of a backtest, run at a time. Default: the number of "
        "processors.",
    )
    dask_scheduler: str | None = Field(
        None,
        alias="DASK_SCHEDULER",
        description="Dask scheduler whose workers run backtests, such as tcp://127.0.0.1:8786. "
        "Unset: local processes.",
    )
    api_host: str = Field("127.0.0.1", description="Address the API listens on.")
    api_port: int = Field(8000, ge=1, le=65535, description="Port the API listens on.")
    api_hosts: str = Field(
        "",
        description="Names under which clients call the API, separated by commas; `*` is any. "
        "Unset: those of this machine's loopback, and API_HOST.",
    )
    api_limit: str = Field(
        "600/minute",
        description="Most requests of one API key, or of one address without keys, in a moving "
        "window: a number, `/` and second, minute, hour or day.",
    )
    api_wrong_keys: str = Field(
        "20/minute",
        description="Most wrong API keys of one address in a moving window, written as API_LIMIT.",
    )
    api_proxies: str = Field(
        "",
        description="Addresses of the proxies in front of the API, separated by commas: only they "
        "may say who the client is. Unset: none.",
    )
    api_key_pepper: SecretStr | None = Field(
        None,
        description="Secret with which digests of API keys are made, of 32 characters or more; the "
        "same on every machine that serves the API. Unset: one is made in VAR_DIR.",
    )
    api_workers: int = Field(
        1, ge=1, le=64, description="Processes that answer requests to the API."
    )
    api_origins: str = Field(
        "",
        description="Web pages whose scripts may read the API, as origins separated by commas, "
        "such as https://desk.example. Unset: none.",
    )
    api_certificate: Path | None = Field(
        None,
        description="File of the API's TLS certificate, with its chain. Unset: no TLS; a proxy "
        "adds it.",
    )
    api_certificate_key: Path | None = Field(
        None, description="File of the certificate's private key."
    )
    api_inference_seconds: float = Field(
        30, gt=0, le=600, description="Most seconds of one forecast on request."
    )
    redis_url: SecretStr | None = Field(
        None,
        alias="REDIS_URL",
        description="Redis that the API's processes share, such as redis://127.0.0.1:6379/0: then "
        "limits and kept responses are those of all of them. Unset: of each process.",
    )
    dashboards_port: int = Field(8866, ge=1, le=65535, description="Port of the dashboards.")
    lab_port: int = Field(8888, ge=1, le=65535, description="Port of JupyterLab.")

    @field_validator(
        "home", "var_dir", "artifacts_dir", "csv_dir", "api_certificate", "api_certificate_key"
    )
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        """A path is relative to the folder of the command, not to that of a notebook."""
        return path.absolute() if path else None

    @field_validator(
        "database_url",
        "database_read_url",
        "mlflow_tracking_uri",
        "dask_scheduler",
        "redis_url",
        mode="after",
    )
    @classmethod
    def _with_a_port(cls, address: SecretStr | str | None) -> SecretStr | str | None:
        """Libraries fail on a senseless port with a traceback that shows the whole address."""
        text = address.get_secret_value() if isinstance(address, SecretStr) else address
        found = _PORT.match(text or "")
        port = found["port"] if found else ""
        if port and not (port.isdecimal() and 1 <= int(port) <= 65535):
            raise ValueError("its port is no number from 1 to 65535")
        return address

    @field_validator("api_limit", "api_wrong_keys")
    @classmethod
    def _is_limit(cls, limit: str) -> str:
        if not _LIMIT.fullmatch(limit):
            raise ValueError("write a number, a slash and a unit of time, such as 600/minute")
        return limit

    @field_validator("api_origins")
    @classmethod
    def _are_origins(cls, origins: str) -> str:
        for origin in cls._names(origins):
            if not _ORIGIN.fullmatch(origin):
                raise ValueError("write origins such as https://desk.example, separated by commas")
        return origins

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, address: SecretStr | None) -> SecretStr | None:
        text = address.get_secret_value() if address else ""
        if text and not text.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("write an address such as redis://127.0.0.1:6379/0")
        return address if text else None

    @model_validator(mode="after")
    def _have_both_of_tls(self) -> Self:
        if (self.api_certificate is None) != (self.api_certificate_key is None):
            raise PydanticCustomError(
                "tls", "TLS needs WELLHEAD_API_CERTIFICATE and WELLHEAD_API_CERTIFICATE_KEY"
            )
        return self

    @staticmethod
    def _names(text: str) -> list[str]:
        """The names in a list that is separated by commas."""
        return [name for part in text.split(",") if (name := part.strip())]

    @property
    def api_origin_names(self) -> list[str]:
        """The origins whose scripts may read the API."""
        return self._names(self.api_origins)

    @property
    def api_is_local(self) -> bool:
        """Whether the API listens on loopback alone."""
        return self.api_host in _LOOPBACK

    @property
    def api_host_names(self) -> frozenset[str]:
        """The names in the Host header that the API accepts; `*` is any."""
        return frozenset(self._names(self.api_hosts) or {*_LOOPBACK, "[::1]", self.api_host})

    @property
    def named_source(self) -> str | None:
        """The source that the setting names; None for `auto`."""
        return None if self.source == AUTO else self.source

    @property
    def var(self) -> Path:
        """The folder of database, model artifacts and locks."""
        return self.var_dir or self.home / "var"

    @property
    def artifacts(self) -> Path:
        """The folder of notebooks, features and the site."""
        return self.artifacts_dir or self.home / "artifacts"


@lru_cache
def get_settings() -> Settings:
    """The settings of this process. Raises SettingsError with the name of the wrong variable."""
    try:
        settings = Settings(_env_file=os.environ.get("WELLHEAD_ENV_FILE", _project_root() / ".env"))
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None  # it holds every value
    for _, value in settings:
        if isinstance(value, SecretStr):
            keep_secret(value.get_secret_value())
    return settings


def hand_on_folders() -> None:
    """Make processes that this one starts in other folders use the same project folders."""
    settings = get_settings()
    for name in ("home", "var_dir", "artifacts_dir", "csv_dir"):
        if (path := getattr(settings, name)) is not None:
            os.environ[variable(name)] = str(path)


def _explain(error: ValidationError) -> str:
    """One line with the variable and what is wrong; never the value, which may be secret."""
    problem = error.errors(include_input=False, include_url=False)[0]
    if not problem["loc"]:  # several fields do not fit together
        return f"settings do not fit together: {problem['msg']}. Correct them and run again."
    named = str(problem["loc"][0])  # a field, or its alias
    name = variable(named) if named in Settings.model_fields else named.upper()
    reason = problem["msg"].removeprefix("Value error, ")
    return f"setting {name} is invalid: {reason}. Correct it and run again."


def variable(field: str) -> str:
    """The environment variable that sets a field."""
    declared = Settings.model_fields.get(field)
    return (declared.alias if declared and declared.alias else f"WELLHEAD_{field}").upper()
