"""An upstream that needs a key and answers in JSON: EIA's API, and FRED's."""

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from wellhead.errors import SettingsError
from wellhead.ingestion.http import Api
from wellhead.ingestion.pacing import Pace
from wellhead.ingestion.responses import read_object
from wellhead.settings import get_settings, variable


class JsonApi(Api):
    """An upstream that takes its key as `api_key` and answers with JSON objects.

    Key and base URL are the settings `<source>_api_key` and `<source>_base_url`. Raises
    SettingsError that names the variable, if there is no key or the URL is not valid.
    """

    def __init__(self, source: str, pace: Pace, key_page: str) -> None:
        self._key_variable, self._key_page = variable(f"{source}_api_key"), key_page
        key: SecretStr | None = getattr(get_settings(), f"{source}_api_key")
        if not key:
            raise SettingsError(
                f"source {source} needs setting {self._key_variable}: a key is free at {key_page}."
            )
        super().__init__(source, pace, f"{source}_base_url", key=key)

    def __enter__(self) -> "JsonApi":
        return self

    def get(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        """The JSON object at `path`. Raises SourceUnavailableError, SourceFormatError."""
        return self.read(path, params, read_object)

    def _advice_on(self, refused: str) -> str:
        if "api_key" not in refused.lower():
            return self._advice
        return f"Correct {self._key_variable}; a key is free at {self._key_page}."
