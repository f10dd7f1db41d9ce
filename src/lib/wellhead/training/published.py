"""The import of wrappers that MLflow stored before `load_published` became `load_deployed`."""

from wellhead.evaluation.calibration.deployed import load_deployed as load_published

__all__ = ["load_published"]
