"""Volatility: models that forecast it, their scores, and the losses that it threatens."""
