"""One peer's own cross-validation, run in the peers' environment whenever a line comes in.

Arguments: peer, prices.csv (ds,y), rows before the first cutoff, windows, step, horizon, rows a
model is fitted on, rows from fit to fit (0: at every cutoff), steps of training for neuralforecast.
For each line on standard input it runs once and prints JSON: wall and CPU seconds of the call, and
the forecasts as [cutoff row, horizon, value]. Data and models are made before the clock starts.
"""

import json
import logging
import os
import sys
import time
import warnings

import pandas as pd

warnings.simplefilter("ignore")
for name in ("cmdstanpy", "pytorch_lightning", "lightning", "prophet", "lightning.pytorch"):
    logging.getLogger(name).setLevel(logging.ERROR)

name, path = sys.argv[1:3]
first, windows, step, horizon, window, refit, training = map(int, sys.argv[3:])
prices = pd.read_csv(path, parse_dates=["ds"])
cutoffs = [first + step * k for k in range(windows)]
used = prices.iloc[: cutoffs[-1] + horizon + 1]
calendar_days = horizon * 7 // 5 + 1
row_of = {day: row for row, day in enumerate(prices["ds"])}
long = used.assign(unique_id="prices")[["unique_id", "ds", "y"]]


def auto_arima():
    """statsforecast: the order chosen anew at every cutoff, or at every `refit`."""
    from statsforecast import StatsForecast
    from statsforecast.models import AutoARIMA

    model = StatsForecast([AutoARIMA(season_length=1)], freq="B", n_jobs=1)
    fits = max(1, refit // step) if refit else True
    made = model.cross_validation(
        h=horizon, df=long, n_windows=windows, step_size=step, input_size=window, refit=fits
    )
    return made.rename(columns={"AutoARIMA": "forecast"})


def prophet():
    """Prophet's own: a fit at every cutoff, on the prices as they are."""
    from prophet import Prophet
    from prophet.diagnostics import cross_validation

    model = Prophet(uncertainty_samples=1000)
    fitted_on = window + step * (windows - 1) + horizon
    model.fit(pd.concat([used.tail(fitted_on), _padding(used)]))
    days = [prices["ds"].iloc[row] for row in cutoffs]
    made = cross_validation(model, horizon=f"{calendar_days} days", cutoffs=days, disable_tqdm=True)
    return made.rename(columns={"yhat": "forecast"}).groupby("cutoff").head(horizon)


def _padding(known: pd.DataFrame) -> pd.DataFrame:
    """It wants rows to the end of the calendar's horizon; the rows it is scored on are as given."""
    days = pd.bdate_range(known["ds"].iloc[-1] + pd.Timedelta(days=1), periods=calendar_days)
    return pd.DataFrame({"ds": days, "y": known["y"].iloc[-1]})


def lstm():
    """neuralforecast: of our network's size."""
    from neuralforecast import NeuralForecast
    from neuralforecast.losses.pytorch import MQLoss
    from neuralforecast.models import LSTM

    model = LSTM(
        h=horizon,
        input_size=40,
        encoder_hidden_size=16,
        decoder_hidden_size=16,
        max_steps=training,
        windows_batch_size=256,
        loss=MQLoss(level=[50, 80, 95]),
        scaler_type="robust",
        random_seed=1,
        enable_progress_bar=False,
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        recurrent=False,
    )
    made = NeuralForecast([model], freq="B").cross_validation(
        df=long, n_windows=windows, step_size=step, refit=max(1, refit // step) if refit else False
    )
    return made.rename(columns={"LSTM-median": "forecast"})


run = {"auto-arima": auto_arima, "prophet": prophet, "lstm": lstm}[name]
for _line in sys.stdin:
    wall, cpu = time.perf_counter(), sum(os.times()[:4])
    forecasts = run()
    wall, cpu = time.perf_counter() - wall, sum(os.times()[:4]) - cpu
    forecasts = forecasts.sort_values(["cutoff", "ds"])
    steps = forecasts.groupby("cutoff").cumcount() + 1
    rows = [row_of[day] for day in forecasts["cutoff"]]
    triples = list(zip(rows, steps.tolist(), forecasts["forecast"].tolist(), strict=True))
    print(json.dumps({"wall": wall, "cpu": cpu, "forecasts": triples}), flush=True)
