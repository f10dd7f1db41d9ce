"""Keys for the tests, and how a request carries one."""

from wellhead.workflows.access.keys import Scope, create_key


def key(*scopes: Scope, application: str = "test") -> str:
    """The text of a new key; it may read unless scopes say otherwise."""
    return create_key(application, scopes or (Scope.READ,)).text


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}
