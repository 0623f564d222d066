"""tools/system-packages.sh on made-up machines: a folder of stubs is all that the script finds on its PATH."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "system-packages.sh"
COMMANDS = {"bubblewrap": "bwrap", "chromium": "chromium", "nodejs": "node", "npm": "npm"}
EVERYTHING = tuple(COMMANDS.values())
REAL = ["sh", "env", "mktemp", "tail", "rm"]  # what the script calls, besides what it looks for
OK = "System packages: ok\n"


class Machine:
    """A machine with the stubs that a test gives it; whatever is called is written to a log."""

    def __init__(self, folder, *, user_id, commands=EVERYTHING, node="v20.11.1", venv=True):
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.log = folder / "log"
        self.log.touch()
        self.ensurepip = folder / "ensurepip"
        self.ensurepip.write_text(str(int(venv)))
        for command in REAL:
            (self.bin / command).symlink_to(shutil.which(command))
        self.stub("id", f"echo {user_id}")
        self.stub(
            "python3",
            f'case "$*" in\n*-venv*) echo python3.11-venv ;;\n'
            f'*ensurepip*) read -r there <"{self.ensurepip}"; [ "$there" = 1 ] ;;\nesac',
        )
        for command in commands:
            self.stub(command, f"echo {node}" if command == "node" else "exit 0")

    def stub(self, name, body):
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def add_apt(self, *, offers=COMMANDS, node="v20.11.1"):
        """An apt-get that knows these packages, and fails as the real one does on any other."""
        cases = "".join(
            f'*" {package}") printf "#!/bin/sh\\necho {node}\\n" >"{self.bin / COMMANDS[package]}"\n'
            f'  {shutil.which("chmod")} +x "{self.bin / COMMANDS[package]}" ;;\n'
            for package in offers
        )
        self.stub(
            "apt-get",
            f'echo "apt-get $*" >>"{self.log}"\n'
            '[ "$DEBIAN_FRONTEND" = noninteractive ] || [ "$2" = update ] || exit 9\n'
            f'case "$*" in\n{cases}*update) ;;\n*python3.11-venv) echo 1 >"{self.ensurepip}" ;;\n'
            '*) echo "E: Unable to locate package"; exit 100 ;;\nesac',
        )

    def add_sudo(self, *, password_needed):
        refuse = "exit 1" if password_needed else 'shift; "$@"'
        self.stub("sudo", f'echo "sudo $*" >>"{self.log}"\n[ "$1" = -n ] || exit 8\n{refuse}')

    def run(self, *arguments):
        done = subprocess.run(
            [self.bin / "sh", SCRIPT, *arguments],
            env={"PATH": str(self.bin)},
            capture_output=True,
            text=True,
            timeout=30,
        )
        self.calls = self.log.read_text().splitlines()
        return done


def test_everything_is_there(tmp_path):
    machine = Machine(tmp_path, user_id=0)
    machine.add_apt()
    done = machine.run("--require")
    assert (done.returncode, done.stdout, done.stderr) == (0, OK, "")
    assert machine.calls == []


def test_root_installs_what_is_missing_and_no_more(tmp_path):
    machine = Machine(tmp_path, user_id=0, commands=["node", "npm"])
    machine.add_apt()
    done = machine.run()
    assert (done.returncode, done.stdout) == (0, OK)
    update, *installs = machine.calls
    assert update.endswith("update") and "update" not in "".join(installs)
    assert [call.split()[-1] for call in installs] == ["bubblewrap", "chromium"]
    assert all("-y" in call and "--no-install-recommends" in call for call in installs)


def test_sudo_without_password(tmp_path):
    machine = Machine(tmp_path, user_id=1000, commands=["chromium", "node", "npm"])
    machine.add_apt()
    machine.add_sudo(password_needed=False)
    done = machine.run()
    assert (done.returncode, done.stdout) == (0, OK)
    assert machine.calls[0] == "sudo -n true"
    assert all(call.startswith(("sudo -n ", "apt-get ")) for call in machine.calls)
    assert machine.calls[-1].endswith("install bubblewrap")


@pytest.mark.parametrize("sudo", ["none", "asks for a password"])
def test_a_user_who_may_not_install_reads_one_line_a_package(tmp_path, sudo):
    machine = Machine(tmp_path, user_id=1000, commands=[], venv=False)
    machine.add_apt()
    if sudo != "none":
        machine.add_sudo(password_needed=True)
    done = machine.run()
    assert (done.returncode, done.stdout) == (0, "")
    lines = done.stderr.splitlines()
    assert [line.split()[0] for line in lines] == ["bubblewrap", "chromium", "nodejs", "npm", "python3.11-venv"]
    assert all("without it" in line and line.endswith("with your system's package manager.") for line in lines)
    assert not any(call.startswith("apt-get") for call in machine.calls)
    assert machine.run("--require").returncode == 1


def test_a_machine_without_apt(tmp_path):
    machine = Machine(tmp_path, user_id=0, commands=["bwrap", "node", "npm"])
    done = machine.run("--require")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("chromium is missing")


def test_a_package_that_is_not_offered_keeps_no_other_out(tmp_path):
    machine = Machine(tmp_path, user_id=0, commands=["node", "npm"])
    machine.add_apt(offers=["bubblewrap"])
    done = machine.run()
    assert (machine.bin / "bwrap").exists()
    assert "Unable to locate package" in done.stderr
    assert [line.split()[0] for line in done.stderr.splitlines() if "without it" in line] == ["chromium"]


def test_an_old_node_is_a_missing_one(tmp_path):
    machine = Machine(tmp_path, user_id=0, node="v12.22.9")
    machine.add_apt()
    assert machine.run().stdout == OK
    assert machine.calls[-1].endswith("install nodejs")


def test_an_old_node_that_stays_old_is_named(tmp_path):
    machine = Machine(tmp_path, user_id=0, node="v17.9.9")
    machine.add_apt(node="v17.9.9")
    done = machine.run("--require")
    assert done.returncode == 1
    assert "nodejs 18 or newer" in done.stderr.splitlines()[-1]


def test_node_18_will_do(tmp_path):
    assert Machine(tmp_path, user_id=0, node="v18.20.4").run().stdout == OK


def test_debians_python_without_venv(tmp_path):
    machine = Machine(tmp_path, user_id=0, venv=False)
    machine.add_apt()
    assert machine.run().stdout == OK
    assert machine.calls[-1].endswith("install python3.11-venv")


def test_a_missing_python_is_left_to_the_check_of_python(tmp_path):
    machine = Machine(tmp_path, user_id=0)
    (machine.bin / "python3").unlink()
    assert machine.run("--require").stdout == OK


def test_an_unknown_argument(tmp_path):
    done = Machine(tmp_path, user_id=0).run("--requires")
    assert done.returncode == 2
    assert done.stderr.endswith("expected --require or nothing, got `--requires`\n")
