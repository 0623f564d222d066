"""A usual run does a part and says which; a full one does everything and says nothing."""

import counts
import pytest


@pytest.mark.parametrize("value", ["", "0"])
def test_a_usual_run_says_what_it_leaves_out(monkeypatch, value):
    monkeypatch.setenv("NN2_TEST_ALL", value)
    assert counts.count("seeds for each known mistake in NumPy") == 3
    assert "3 of 20 seeds for each known mistake in NumPy" in counts.left_out()


def test_a_full_run_leaves_nothing_out(monkeypatch):
    monkeypatch.setenv("NN2_TEST_ALL", "1")
    assert counts.count("seeds for each known mistake in NumPy") == 20
    assert counts.left_out() == []


def test_no_kind_is_ever_left_out():
    assert all(0 < some <= all_ for some, all_ in counts.COUNTS.values())
