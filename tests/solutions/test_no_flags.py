"""No fair answer, however unusual, and no known mistake looks like tampering."""

import tomllib
from pathlib import Path

from autograder.flags import read_flags

FAIR = tomllib.loads(Path(__file__).with_name("fair_answers_optimizers.toml").read_text(encoding="utf-8"))["answer"]
REGIONS = {"body": 0, "build": 0, "update_step": 1, "get_config": 2}


def test_fair_answers_and_known_mistakes_raise_no_flag(optimizers):
    cells = [("", "import numpy as np\nimport keras\nfrom keras import ops")]
    for answer in FAIR:
        regions = {REGIONS[key]: text for key, text in answer.items() if key in REGIONS}
        cell = optimizers.with_solution(answer["exercise"], answer.get("before", ""), regions)
        cells.append((answer["exercise"], cell))
    cells += [(mistake.exercise, mistake.wrong_cell) for mistake in optimizers.assignment.misconceptions]
    assert len(cells) > 80
    sources = [(number, *cell) for number, cell in enumerate(cells, 1)]
    for some in (sources[first : first + 20] for first in range(0, len(sources), 20)):
        assert read_flags([sources[0], *some], exercises=list(optimizers.exercises)) == []
