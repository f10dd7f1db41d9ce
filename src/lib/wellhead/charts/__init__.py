"""Charts: functions from frames to Plotly figures, for notebooks, pages, dashboards and MLflow."""
