"""GRADE: what builds the assignments, asks the probes, judges the answers and fills nbgrader's gradebook."""
