"""What every run says at its end: what it left out."""

import counts


def pytest_terminal_summary(terminalreporter):
    reduced = counts.left_out()
    if reduced:
        terminalreporter.section("reduced counts; make test-all does all")
        for line in reduced:
            terminalreporter.write_line(line)
