"""The workflows: every step is an action or a Makefile target, actions are pinned, permissions are least."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAY_WRITE = {("pages.yml", "deploy"): {"pages": "write", "id-token": "write"}}  # every other job reads, or less


def make_targets(makefile):
    """The targets that a Makefile's text defines."""
    rules = re.findall(r"^([A-Za-z][\w -]*?)\s*:(?![:=])", makefile, flags=re.MULTILINE)
    return {target for rule in rules for target in rule.split()}


def step_faults(workflow, targets):
    """What in a workflow is neither `make TARGET` nor an action pinned to a commit."""
    faults = []
    for name, job in workflow["jobs"].items():
        for step in job["steps"]:
            if "uses" in step:
                if not re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40}", step["uses"]):
                    faults.append(f"{name}: {step['uses']} is not pinned to a commit")
                continue
            command = re.fullmatch(r"make ([\w-]+)((?: [A-Z]+=\w+)*)", step["run"])
            if not command:
                faults.append(f"{name}: `{step['run']}` is not `make TARGET`")
            elif command[1] not in targets:
                faults.append(f"{name}: the Makefile has no target {command[1]}")
    return faults


def permission_faults(workflow, may_write):
    """Where a workflow asks for more than reading, but for ``may_write``: job -> the permissions that it needs."""
    faults = []
    if workflow.get("permissions") != {"contents": "read"}:
        faults.append(f"the top asks for {workflow.get('permissions')}")
    for name, job in workflow["jobs"].items():
        if job.get("permissions") != may_write.get(name):
            faults.append(f"{name} asks for {job.get('permissions')}, needs {may_write.get(name)}")
    return faults


def trigger_faults(workflow):
    """Triggers that would run a stranger's change with the repository's rights."""
    triggers = workflow[True] if True in workflow else workflow["on"]  # YAML 1.1 reads the key `on` as true
    return sorted({"pull_request_target", "workflow_run", "issue_comment"} & set(triggers))


def version_faults(texts):
    """Actions whose commit stands without its version beside it, or that are pinned twice and differently."""
    pins, faults = {}, []
    for action, commit, comment in re.findall(r"uses: (\S+?)@(\S+)(.*)", "\n".join(texts)):
        if not re.fullmatch(r" # v\d+\.\d+\.\d+", comment):
            faults.append(f"{action}@{commit} does not name its version")
        if pins.setdefault(action, (commit, comment)) != (commit, comment):
            faults.append(f"{action} is pinned in two ways")
    return faults


def zizmor(folder):
    program = shutil.which("zizmor", path=str(Path(sys.executable).parent))
    assert program, "zizmor is missing beside this Python: install requirements.lock"
    return subprocess.run(
        [program, "--offline", "--no-progress", "--pedantic", "--strict-collection", folder],
        capture_output=True,
        text=True,
        timeout=60,
    )


def parsed(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def targets():
    return make_targets((ROOT / "Makefile").read_text(encoding="utf-8"))


def test_there_are_workflows_to_look_at():
    assert {"ci.yml", "nightly.yml", "pages.yml"} <= {path.name for path in WORKFLOWS}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_step_is_a_makefile_target_or_a_pinned_action(path, targets):
    assert step_faults(parsed(path), targets) == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_permissions_are_least(path):
    may_write = {job: rights for (name, job), rights in MAY_WRITE.items() if name == path.name}
    assert permission_faults(parsed(path), may_write) == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_stranger_runs_with_the_repositorys_rights(path):
    assert trigger_faults(parsed(path)) == []


def test_an_action_is_pinned_once_and_names_its_version():
    assert version_faults([path.read_text(encoding="utf-8") for path in WORKFLOWS]) == []


def test_every_job_ends_by_itself():
    assert [
        f"{path.name}: {name}"
        for path in WORKFLOWS
        for name, job in parsed(path)["jobs"].items()
        if "timeout-minutes" not in job
    ] == []


@pytest.mark.parametrize("name, job, target", [("ci.yml", "test", "test"), ("nightly.yml", "test-all", "test-all")])
def test_tests_run_on_the_oldest_and_the_newest_python_with_namespaces_permitted(name, job, target):
    job = parsed(ROOT / ".github" / "workflows" / name)["jobs"][job]
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.13"]
    assert commands == ["make permit-namespaces", f"make {target} PYTHON=python3"]


def test_what_is_published_is_what_make_book_builds():
    build = parsed(ROOT / ".github" / "workflows" / "pages.yml")["jobs"]["build"]["steps"]
    assert [step["run"] for step in build if "run" in step] == ["make book PYTHON=python3"]
    assert build[-1]["with"]["path"] == "_build/html"


def test_zizmor_finds_nothing():
    done = zizmor(ROOT / ".github")
    assert done.returncode == 0, done.stdout


# The checks above can fail: each is shown a workflow that it must refuse.

CAREFUL = "actions/checkout@" + "a" * 40


def workflow_of(*steps, permissions=None):
    job = {"steps": list(steps)} | ({"permissions": permissions} if permissions else {})
    return {True: {"push": None}, "permissions": {"contents": "read"}, "jobs": {"job": job}}


@pytest.mark.parametrize(
    "step, fault",
    [
        ({"run": "make tests"}, "no target tests"),
        ({"run": "make test && make book"}, "not `make TARGET`"),
        ({"run": "make test\npip install x"}, "not `make TARGET`"),
        ({"run": "pytest"}, "not `make TARGET`"),
        ({"run": "make test PYTHON=$(id)"}, "not `make TARGET`"),
        ({"uses": "actions/checkout@v7"}, "not pinned"),
        ({"uses": "./local"}, "not pinned"),
    ],
)
def test_a_foreign_step_is_found(step, fault):
    (found,) = step_faults(workflow_of({"uses": CAREFUL}, step, {"run": "make test PYTHON=python3"}), {"test"})
    assert fault in found


def test_too_many_permissions_are_found():
    assert permission_faults(workflow_of(), {}) == []
    assert permission_faults(workflow_of(permissions={"contents": "write"}), {}) != []
    assert permission_faults(workflow_of(permissions={"pages": "write"}), {"job": {"pages": "write"}}) == []
    assert permission_faults(workflow_of() | {"permissions": "write-all"}, {}) != []
    without = workflow_of()
    del without["permissions"]
    assert permission_faults(without, {}) != []


def test_a_dangerous_trigger_is_found():
    assert trigger_faults(workflow_of()) == []
    assert trigger_faults({"on": {"pull_request_target": None}}) == ["pull_request_target"]
    assert trigger_faults({True: ["push", "workflow_run"]}) == ["workflow_run"]


def test_a_pin_without_version_or_of_two_commits_is_found():
    line = f"      - uses: {CAREFUL} # v7.0.1"
    assert version_faults([line, line]) == []
    assert version_faults([line.removesuffix(" # v7.0.1")]) != []
    assert version_faults([line, line.replace("a" * 40, "b" * 40)]) != []


def test_targets_are_read_from_a_makefile():
    makefile = ".PHONY: help\nNAME := x\nOTHER ?= y\nhelp: ## print this\n\t@echo no: thing\nbook site: help\n%.a: b\n"
    assert make_targets(makefile) == {"help", "book", "site"}


def test_zizmor_finds_a_script_injection(tmp_path):
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    bad = text.replace("make permit-namespaces", 'echo "${{ github.event.pull_request.title }}"')
    assert bad != text
    (tmp_path / ".github" / "workflows" / "ci.yml").write_text(bad, encoding="utf-8")
    done = zizmor(tmp_path / ".github")
    assert done.returncode != 0 and "template-injection" in done.stdout
