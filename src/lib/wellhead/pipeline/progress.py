"""The progress of a run: one printed line a task, and the seconds of work by stage."""

import time
from collections import Counter
from dataclasses import dataclass, field

import pandas as pd
from rich.console import Console

from wellhead.pipeline.plan import PlannedTask

_COLOURS = {"done": "green", "failed": "red"}
_STAGE_COLUMNS = ["stage", "tasks", "seconds of work", "longest task"]


@dataclass
class Progress:
    """Prints a line when a task ends. `tasks` are those that may have to run, in flow order."""

    console: Console
    tasks: list[PlannedTask]
    started: float = field(default_factory=time.monotonic)
    seconds: dict[str, float] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)

    def drop(self, names: set[str]) -> None:
        """Leave out tasks that are up to date, or that cannot run."""
        self.tasks = [t for t in self.tasks if t.name not in names or t.name in self.outcomes]

    def task_ended(self, name: str, seconds: float, outcome: str) -> None:
        """Note the end of a task ('done' or 'failed') and print it with what remains."""
        self.seconds[name], self.outcomes[name] = round(seconds, 1), outcome
        (task,) = [task for task in self.tasks if task.name == name]
        counter = f"[{len(self.outcomes)}/{len(self.tasks)}]"
        self.console.print(
            f"{counter:>8}  {task.stage:<10} {name:<26} [{_COLOURS[outcome]}]{outcome:<8}[/] "
            f"{seconds:6.1f} s   elapsed {self.elapsed()}   remaining: {self._remaining()}",
            highlight=False,
            soft_wrap=True,
        )

    def by_stage(self) -> pd.DataFrame:
        """One row a stage that ran: stage, tasks, seconds of work, longest task.

        Tasks run side by side, so the seconds of work add up to more than the run took.
        """
        rows = []
        for stage in dict.fromkeys(task.stage for task in self.tasks):
            names = [t.name for t in self.tasks if t.stage == stage and t.name in self.seconds]
            if names:
                longest = max(names, key=lambda name: self.seconds[name])
                work = sum(self.seconds[name] for name in names)
                slowest = f"{longest} {self.seconds[longest]:.1f}"
                rows.append((stage, len(names), f"{work:.1f}", slowest))
        return pd.DataFrame(rows, columns=_STAGE_COLUMNS)

    def record(self) -> dict[str, dict[str, float | str]]:
        """Task -> its seconds and outcome, for the database."""
        return {
            name: {"seconds": self.seconds[name], "outcome": outcome}
            for name, outcome in self.outcomes.items()
        }

    def elapsed(self) -> str:
        """Minutes and seconds since the run began, as 2:05."""
        minutes, seconds = divmod(int(time.monotonic() - self.started), 60)
        return f"{minutes}:{seconds:02d}"

    def _remaining(self) -> str:
        left = Counter(task.stage for task in self.tasks if task.name not in self.outcomes)
        return ", ".join(f"{stage} {count}" for stage, count in left.items()) or "nothing"
