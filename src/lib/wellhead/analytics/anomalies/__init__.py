"""Unusual prices: found as they come, with a reason in words, and told apart from wrong data."""
