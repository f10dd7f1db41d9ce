"""The market brief: a few sentences for the morning, each with the numbers behind it."""
