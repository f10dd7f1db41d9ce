"""Which series move together: a tree of clusters from correlations."""

import numpy as np
import pandas as pd
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

CLOSE = 0.5
"""Series belong together if their clusters correlate by this much on average."""


def clusters(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of `correlations` as clusters: series and cluster, neighbours side by side.

    Clusters join by the average of their distances √(2(1 − r)) (Mantegna 1999). Cluster 1 has the
    most series. Pairs without a correlation count as uncorrelated.
    """
    names = list(dict.fromkeys([*table["left"], *table["right"]]))
    matrix = correlation_matrix(table, names).fillna(0.0).to_numpy()
    distances = np.sqrt(2 * (1 - np.clip(matrix, -1, 1)))
    np.fill_diagonal(distances, 0.0)
    tree = hierarchy.linkage(squareform(distances, checks=False), "average", optimal_ordering=True)
    flat = pd.Series(hierarchy.fcluster(tree, np.sqrt(2 * (1 - CLOSE)), "distance"), index=names)
    ordered = flat.iloc[hierarchy.leaves_list(tree)]
    by_size = {old: new for new, old in enumerate(ordered.value_counts(sort=True).index, 1)}
    return pd.DataFrame({"series": ordered.index, "cluster": ordered.map(by_size).to_numpy()})


def correlation_matrix(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """The correlations as a square, in the order of `names`."""
    matrix = pd.DataFrame(np.eye(len(names)), index=names, columns=names)
    for left, right, value in zip(table["left"], table["right"], table["correlation"], strict=True):
        matrix.loc[left, right] = matrix.loc[right, left] = value
    return matrix
