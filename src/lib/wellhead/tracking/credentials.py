"""The address of an MLflow server, without the user name and password that it may hold."""

import os
from urllib.parse import unquote, urlsplit, urlunsplit


def hand_over_credentials(address: str) -> str:
    """The address without user name and password; MLflow gets them by its own variables.

    MLflow's errors and logs show the address. It sends the credentials itself, and notebooks that
    this process starts inherit the variables.
    """
    parts = urlsplit(address)
    user_info, found, host = parts.netloc.rpartition("@")
    if parts.scheme not in ("http", "https") or not found:
        return address
    user, _, password = user_info.partition(":")
    os.environ["MLFLOW_TRACKING_USERNAME"] = unquote(user)
    os.environ["MLFLOW_TRACKING_PASSWORD"] = unquote(password)
    return urlunsplit(parts._replace(netloc=host))
