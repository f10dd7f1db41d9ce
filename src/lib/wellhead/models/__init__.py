"""Forecasters: one interface, one file a model, and a registry that imports lazily."""

from wellhead.models.base import Forecaster
from wellhead.models.registry import create, load, model_class, model_names

__all__ = ["Forecaster", "create", "load", "model_class", "model_names"]
