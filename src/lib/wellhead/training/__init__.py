"""Kept for registered versions: MLflow stores a copy of the wrapper that a version was registered
with, and copies made before the layout changed import `wellhead.training.published`.
"""
