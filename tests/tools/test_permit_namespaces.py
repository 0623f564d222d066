"""tools/permit-namespaces.sh sets what restricts user namespaces, and nothing else."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "permit-namespaces.sh"
APPARMOR, CLONE = "apparmor_restrict_unprivileged_userns", "unprivileged_userns_clone"


@pytest.fixture
def machine(tmp_path):
    """Run the script on a made-up machine: its settings, and whether sysctl may change them; gives run and log."""
    tools = tmp_path / "bin"
    tools.mkdir()

    def run(settings, allowed=True):
        folder = tmp_path / "sys" / "kernel"
        folder.mkdir(parents=True)
        for name, value in settings.items():
            (folder / name).write_text(f"{value}\n")
        for name in ("sysctl", "sudo"):
            code = f'echo "{name} $*" >> {tmp_path}/log; exit {0 if allowed else 1}\n'
            (tools / name).write_text(f"#!/bin/sh\n{code}")
            (tools / name).chmod(0o755)
        environment = {"PATH": f"{tools}:{os.environ['PATH']}", "SETTINGS": str(tmp_path / "sys")}
        ran = subprocess.run(["sh", SCRIPT], capture_output=True, text=True, env=environment, timeout=20)
        log = tmp_path / "log"
        return ran, log.read_text().splitlines() if log.exists() else []

    return run


@pytest.mark.parametrize("settings", [{}, {APPARMOR: 0}, {APPARMOR: 0, CLONE: 1}])
def test_nothing_is_changed_where_they_are_permitted(machine, settings):
    ran, log = machine(settings)
    assert (ran.returncode, ran.stdout, log) == (0, "User namespaces: permitted\n", [])


@pytest.mark.parametrize(("name", "value", "wanted"), [(APPARMOR, 1, 0), (CLONE, 0, 1)])
def test_a_restriction_is_lifted(machine, name, value, wanted):
    ran, log = machine({name: value})
    assert ran.returncode == 0
    assert len(log) == 1
    assert log[0].endswith(f"-q -w kernel.{name}={wanted}")


def test_where_it_may_not_it_says_so_and_fails(machine):
    ran, _ = machine({APPARMOR: 1}, allowed=False)
    assert ran.returncode == 1
    assert ran.stderr == (
        f"User namespaces stay restricted: kernel.{APPARMOR} could not be set to 0; the sandbox's tests will fail\n"
    )
