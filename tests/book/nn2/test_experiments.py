"""Long experiments: tables that know their code, and that come out again when a row is run once more."""

import json
import random
import secrets

import counts
import pytest
from nn2 import experiments
from nn2.experiments import (
    Experiment,
    StaleTableError,
    Table,
    code_hash,
    differences,
    load_experiment,
    load_table,
    main,
)

SCRIPT = '''"""Squares."""
import numpy as np
from nn2.surfaces import ravine


def rows():
    """One a number."""
    return [{"number": number} for number in (1, 2)]


def run(number):
    return {"square": np.float64(number**2), "both": [number, ravine().angle]}


TOLERANCE = 0.1
'''
ALL = [Experiment(path) for path in sorted(experiments.FOLDER.glob("*.py"))]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "squares.py").write_text(SCRIPT)
    monkeypatch.setattr(experiments, "FOLDER", tmp_path)
    return tmp_path


def test_a_table_is_written_once_and_read_with_its_provenance(folder, capsys):
    assert main([]) == 0
    table = load_table("squares", folder)
    assert table.rows == [
        {"number": 1, "square": 1.0, "both": [1, 0.0]},
        {"number": 2, "square": 4.0, "both": [2, 0.0]},
    ]
    assert table.column("square", number=2).tolist() == [4.0]
    assert table.provenance["command"] == "make experiments NAME=squares"
    assert set(table.provenance["versions"]) == {"python", "numpy", "keras", "backend"}
    written = (folder / "squares.json").read_bytes()
    capsys.readouterr()
    assert main([]) == 0
    assert (folder / "squares.json").read_bytes() == written
    assert "today's code" in capsys.readouterr().out
    assert main(["squares"]) == 0
    assert "squares 2" in capsys.readouterr().out


def test_words_do_not_make_a_table_stale_and_code_does(folder):
    main([])
    script = folder / "squares.py"
    script.write_text(SCRIPT.replace('"""One a number."""', '"""One for each number."""  # and a comment'))
    assert load_experiment("squares", folder).is_fresh()
    script.write_text(SCRIPT.replace("number**2", "number**3"))
    with pytest.raises(StaleTableError, match="other code: run `make experiments NAME=squares`"):
        load_table("squares", folder)


def test_a_change_in_a_module_behind_the_imported_one_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(experiments, "BOOK", tmp_path)
    (tmp_path / "nn2").mkdir()
    (tmp_path / "nn2" / "near.py").write_text("from nn2.far import x\n")
    (tmp_path / "nn2" / "far.py").write_text("x = 1\n")
    (tmp_path / "script.py").write_text("from nn2 import near\n")
    before = code_hash(tmp_path / "script.py")
    (tmp_path / "nn2" / "far.py").write_text("x = 2\n")
    assert code_hash(tmp_path / "script.py") != before


def test_what_is_missing_is_one_sentence(folder, capsys):
    with pytest.raises(StaleTableError, match=r"squares.json is missing: run"):
        load_table("squares", folder)
    assert main(["cubes"]) == 2
    assert "expected one of squares, got cubes" in capsys.readouterr().err
    with pytest.raises(ValueError, match="no row with"):
        Table([{"number": 1}], {}).where(number=3)


def test_differences_are_told():
    kept = {"a": 1.0, "b": [1.0, float("nan")], "c": "x"}
    assert differences(kept, {"a": 1.05, "b": [1.0, float("nan")], "c": "x"}, relative=0.1) == []
    assert differences(kept, {"a": 1.2, "b": [1.0, 2.0], "c": "y"}, relative=0.1) == [
        "a: 1.0 was kept, 1.2 came",
        "b: nan was kept, 2.0 came",
        "c: 'x' was kept, 'y' came",
    ]
    assert differences({"a": 1.0}, {"b": 1.0}, relative=0.1) == [
        "a: kept, but not found again",
        "b: found, but not kept",
    ]
    assert differences({"a": 0.0}, {"a": 0.01}, relative=0.1) and not differences(
        {"a": 0.0}, {"a": 0.01}, relative=0.1, absolute=0.1
    )


@pytest.mark.parametrize("experiment", ALL, ids=lambda experiment: experiment.name)
def test_every_table_is_of_todays_code_and_of_the_rows_that_its_script_asks(experiment):
    table = load_table(experiment.name)
    asked = experiment.module.rows()
    assert [{name: row[name] for name in settings} for row, settings in zip(table.rows, asked, strict=True)] == asked


@pytest.mark.slow  # a row trains networks, for some seconds
@pytest.mark.parametrize("experiment", ALL, ids=lambda experiment: experiment.name)
def test_rows_drawn_by_chance_come_out_again(experiment):
    table, asked = load_table(experiment.name), experiment.module.rows()
    drawn = secrets.randbelow(2**32)
    chosen = random.Random(drawn).sample(
        range(len(asked)), min(len(asked), counts.count("rows of each experiment, run again"))
    )
    for index in chosen:
        kept = {name: value for name, value in table.rows[index].items() if name not in asked[index]}
        found = differences(
            kept,
            experiment.run_row(asked[index]),
            relative=experiment.module.TOLERANCE,
            absolute=getattr(experiment.module, "ABSOLUTE", 0.0),
        )
        assert found == [], f"row {index} ({json.dumps(asked[index])}), drawn with {drawn}"
