"""Wellhead: a research workbench for energy-commodity prices.

Importing the package has no side effect: no file is read, no connection opened, no log configured.
"""

__version__ = "0.1.0"
