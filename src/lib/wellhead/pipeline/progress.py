"""What a person sees of a run: one line a task, whole lines only, and a table at the end."""

import time
from collections import Counter
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from wellhead.pipeline.plan import PlannedTask

_OUTCOMES = {"done": "green", "failed": "red", "not run": "yellow"}


@dataclass
class Progress:
    """Prints as tasks end. `tasks` are those that may have to run, in flow order."""

    console: Console
    tasks: list[PlannedTask]
    started: float = field(default_factory=time.monotonic)
    seconds: dict[str, float] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)

    def expect_no_more(self, names: set[str]) -> None:
        """Leave out tasks that need no run, or cannot run."""
        self.tasks = [t for t in self.tasks if t.name not in names or t.name in self.outcomes]

    def ended(self, name: str, seconds: float, outcome: str) -> None:
        """Note a task's end and say what remains."""
        self.seconds[name], self.outcomes[name] = round(seconds, 1), outcome
        (task,) = [task for task in self.tasks if task.name == name]
        colour = _OUTCOMES[outcome]
        counted = f"[{len(self.outcomes)}/{len(self.tasks)}]"
        self.console.print(
            f"{counted:>8}  {task.stage:<10} {name:<26} [{colour}]{outcome:<8}[/] "
            f"{seconds:6.1f} s   elapsed {self._elapsed()}   remaining: {self._remaining()}",
            highlight=False,
            soft_wrap=True,
        )

    def summary(self) -> Table:
        """Seconds of work by stage; tasks run side by side, so they add up to more than passed."""
        table = Table(title=f"The run took {self._elapsed()}", title_justify="left")
        table.add_column("stage")
        for heading in ("tasks", "seconds of work", "longest task"):
            table.add_column(heading, justify="right")
        for stage in dict.fromkeys(task.stage for task in self.tasks):
            names = [t.name for t in self.tasks if t.stage == stage and t.name in self.seconds]
            if names:
                longest = max(names, key=lambda name: self.seconds[name])
                work = sum(self.seconds[name] for name in names)
                table.add_row(
                    stage, str(len(names)), f"{work:.1f}", f"{longest} {self.seconds[longest]:.1f}"
                )
        return table

    def record(self) -> dict[str, dict[str, float | str]]:
        """Seconds and outcome by task, for the database."""
        return {
            name: {"seconds": self.seconds[name], "outcome": outcome}
            for name, outcome in self.outcomes.items()
        }

    def _elapsed(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self.started), 60)
        return f"{minutes}:{seconds:02d}"

    def _remaining(self) -> str:
        left = Counter(task.stage for task in self.tasks if task.name not in self.outcomes)
        return ", ".join(f"{stage} {count}" for stage, count in left.items()) or "nothing"
