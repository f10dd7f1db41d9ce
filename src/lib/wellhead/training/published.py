"""The import of wrappers that MLflow stored before `load_published` became `load_deployed`."""
