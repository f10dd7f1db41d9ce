"""The products of upstream tasks, in the form in which Ploomber hands them to a notebook."""

from typing import Any


def products_by_task(upstream: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Task name -> its products (name -> path).

    `upstream` maps a task to its products, and a pattern such as `train-*-WTI` to the tasks that
    match it, each with its products.
    """
    tasks: dict[str, dict[str, str]] = {}
    for name, entry in upstream.items():
        tasks |= entry if "*" in name else {name: entry}
    return tasks


def files_by_commodity(upstream: dict[str, Any], stage: str, product: str) -> dict[str, str]:
    """Commodity -> the path of one product of its task of a stage, as `forecast-WTI`."""
    tasks = products_by_task(upstream)
    return {
        name.removeprefix(f"{stage}-"): products[product]
        for name, products in tasks.items()
        if name.startswith(f"{stage}-")
    }


def upstream_files(upstream: dict[str, Any], product: str) -> list[str]:
    """The paths of one product from every upstream task that has it."""
    tasks = products_by_task(upstream)
    return [products[product] for products in tasks.values() if product in products]
