"""The files that upstream tasks made, as Ploomber hands them to a notebook."""

from typing import Any


def products_by_task(upstream: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Task name -> its products (name -> path).

    `upstream` maps a task to its products, or a pattern such as `train-*-WTI` to the tasks that
    match it, each with its products.
    """
    tasks: dict[str, dict[str, str]] = {}
    for name, found in upstream.items():
        tasks |= found if "*" in name else {name: found}
    return tasks


def upstream_files(upstream: dict[str, Any], product: str) -> list[str]:
    """The paths of one product over all upstream tasks that have it."""
    tasks = products_by_task(upstream)
    return [products[product] for products in tasks.values() if product in products]
