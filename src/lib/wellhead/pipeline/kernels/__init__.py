"""Kernels of notebooks as forks of one process that has imported the libraries.

A kernel that starts by itself imports MLflow, Great Expectations and PyTorch: 2 to 5 seconds of
processor time in each notebook. A fork has them at once, and shares their memory.
"""
