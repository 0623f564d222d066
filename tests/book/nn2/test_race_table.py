"""The race's table is read as the chapters say: by validation loss, on each optimizer's own grid."""

import pytest
from nn2.experiments import Table, load_table
from nn2.race_table import LOOKS, contestants, grid, tuned


def row(name, rate, loss, *, tuning=True, accuracy=0.5):
    return {
        "optimizer": name,
        "learning_rate": rate,
        "tuning": tuning,
        "validation_loss": loss,
        "test_accuracy": [accuracy] * len(loss),
    }


TABLE = Table(
    [
        row("SGD", 0.1, [0.5, 0.7]),
        row("SGD", 0.2, [0.1, 0.9], accuracy=0.4),
        row("SGD", 0.5, [0.2, 1.8], accuracy=0.9),
        row("SGD", 1.0, [0.0, 0.0], tuning=False),
        row("Adam", 0.1, [16.2, 16.2]),
    ],
    {},
)


def test_the_contestants_stand_in_the_tables_order():
    assert contestants(TABLE) == ["SGD", "Adam"]


def test_the_grid_leaves_the_shared_rates_out():
    assert grid(TABLE, "SGD").column("learning_rate").tolist() == [0.1, 0.2, 0.5]
    with pytest.raises(ValueError, match="no row"):
        grid(TABLE, "Muon")


def test_the_mean_validation_loss_of_the_grid_decides_and_nothing_else():
    assert tuned(TABLE, "SGD")["learning_rate"] == 0.2  # not the best seed's, not the best on the test set


def test_every_contestant_has_a_look_of_its_own():
    looks = {(look["color"], str(look["linestyle"])) for look in LOOKS.values()}
    assert len(looks) == len(LOOKS) and {"Nadam", "Lion", "Muon"} <= set(LOOKS)
    assert set(contestants(load_table("race"))) == set(LOOKS)
