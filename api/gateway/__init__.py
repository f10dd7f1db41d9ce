"""What every request passes, outermost first: observation, protection, cache."""
