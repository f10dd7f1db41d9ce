"""Makes the import of large libraries faster. The programs of Wellhead call it when they start."""

import gc
import sys

_OBJECTS_BETWEEN_COLLECTIONS = 100_000  # by default 700, for programs of a hundredth of this size


def speed_up_imports() -> None:
    """Collect garbage less often, and skip a library that nobody here needs.

    MLflow, Great Expectations and PyTorch make millions of objects that stay. Each collection
    visits all of them and frees none: a third of the time of an import. `rfc3987_syntax` compiles
    its grammar when it is imported, for a second; jsonschema uses it to check internationalised
    addresses, if it can be imported.
    """
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type] # "not importable"
