"""How prices move together: correlation, lead and lag, cointegration, clusters, breaks."""
