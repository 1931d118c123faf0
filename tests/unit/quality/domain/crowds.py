"""Simulated crowds for the tests of fair play: honest people who differ widely, with dishonest ones planted."""

from dataclasses import dataclass, field

import numpy as np

from quality.domain.fairplay import Given

LABELS = ("a", "b", "c", "d")
DAY = 86_400.0


@dataclass
class Crowd:
    """People of many skills, speeds and leanings; tasks of unequal difficulty with a wrong answer that tempts many."""

    rng: np.random.Generator
    people: int = 40
    tasks: int = 400
    redundancy: int = 10
    answers: list[Given] = field(init=False)

    def __post_init__(self) -> None:
        rng = self.rng
        self.truth = rng.choice(LABELS, size=self.tasks, p=[0.5, 0.3, 0.15, 0.05])
        self.tempting = [str(rng.choice([x for x in LABELS if x != truth])) for truth in self.truth]
        self.hard = rng.normal(0, 1.0, self.tasks)
        self.skill = rng.normal(1.6, 0.8, self.people)
        self.pace = rng.normal(np.log(6.0), 0.45, self.people)
        self.leaning = rng.dirichlet(np.full(len(LABELS), 2.0), self.people)
        self.learning = rng.normal(0.25, 0.15, self.people)
        self.hours = rng.uniform(0, 24, self.people)
        seen: list[list[int]] = [[] for _ in range(self.people)]
        for task in range(self.tasks):
            for who in rng.choice(self.people, self.redundancy, replace=False):
                seen[who].append(task)
        self.answers = [answer for who in range(self.people) for answer in self.played(who, rng.permutation(seen[who]))]

    def said(self, who: int, task: int) -> str:
        rng = self.rng
        if rng.random() < 1 / (1 + np.exp(-(self.skill[who] - self.hard[task]))):
            return str(self.truth[task])
        if rng.random() < 0.6:
            return self.tempting[task]
        return str(rng.choice(LABELS, p=self.leaning[who]))

    def played(self, who: int, tasks: np.ndarray) -> list[Given]:
        """A few sessions a week, at hours of the person's own."""
        rng, given, at = self.rng, [], 0.0
        for number, task in enumerate(tasks.tolist()):
            if number % 15 == 0:
                at = (number // 15 + rng.integers(0, 2)) * DAY + (self.hours[who] + rng.normal(0, 1.5)) * 3600
            log_time = self.pace[who] - self.learning[who] * number / len(tasks) + rng.normal(0, 0.5)
            seconds = float(np.exp(log_time + 0.15 * self.hard[task]))
            at += seconds + 1
            given.append(self.given(f"p{who}", task, self.said(who, task), at, seconds))
        return given

    def given(self, person: str, task: int, said: str, at: float, seconds: float) -> Given:
        truth = str(self.truth[task])
        return Given(person, task, said, at, seconds, float(said == truth), truth)

    def of(self, person: str) -> list[Given]:
        return [answer for answer in self.answers if answer.person == person]

    def replace(self, person: str, new: list[Given]) -> None:
        self.answers = [answer for answer in self.answers if answer.person != person] + new
