"""The locks and what they are made from: exact pins, hashes, no addresses, and one TensorFlow."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
SYSTEMS = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}
LOCKS = ["requirements.lock", "requirements-gpu.lock"]
DIGEST = "0" * 64


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def project():
    return tomllib.loads(read("pyproject.toml"))


# --- Python's locks ---


def lock_entries(lock):
    """The lock's logical lines, without comments, each as one string."""
    lines = (line for line in lock.splitlines() if line.strip() and not line.startswith("#"))
    return [" ".join(entry.split()) for entry in "\n".join(lines).replace("\\\n", " ").splitlines()]


def lock_faults(lock):
    """Lines that do not pin one exact version with hashes, and anything that looks like an address or an option."""
    faults = [f"address: {line}" for line in lock.splitlines() if "://" in line or re.match(r"\s*-(?!-hash=)", line)]
    for entry in lock_entries(lock):
        requirement, *hashes = entry.split(" --hash=")
        if not re.fullmatch(r"[\w.-]+(\[[\w,.-]+\])?==[\w.!+]+( ; .+)?", requirement):
            faults.append(f"not an exact pin: {requirement}")
        if not hashes or not all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in hashes):
            faults.append(f"no sha256 hashes: {requirement}")
    return faults


def tensorflows(lock, system):
    """The distributions of TensorFlow that this lock installs on a system."""
    requirements = [Requirement(entry.split(" --hash=")[0]) for entry in lock_entries(lock)]
    environment = {"sys_platform": system, "platform_system": SYSTEMS[system]}
    return sorted(
        requirement.name
        for requirement in requirements
        if requirement.name in ("tensorflow", "tensorflow-cpu", "tensorflow-intel")
        and (requirement.marker is None or requirement.marker.evaluate(environment))
    )


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_every_package_with_hashes_and_no_address(name):
    lock = read(name)
    assert len(lock_entries(lock)) > 100
    assert lock_faults(lock) == []


@pytest.mark.parametrize(
    "name, system, expected",
    [
        ("requirements.lock", "linux", "tensorflow-cpu"),
        ("requirements.lock", "darwin", "tensorflow"),
        ("requirements.lock", "win32", "tensorflow"),
        ("requirements-gpu.lock", "linux", "tensorflow"),
    ],
)
def test_a_lock_installs_one_tensorflow(name, system, expected):
    assert tensorflows(read(name), system) == [expected]


def test_only_the_gpu_lock_brings_gpu_libraries():
    assert {name: any(entry.startswith("nvidia-") for entry in lock_entries(read(name))) for name in LOCKS} == {
        "requirements.lock": False,
        "requirements-gpu.lock": True,
    }


def test_the_locks_agree_on_what_they_share():
    pins = [dict(re.findall(r"^([\w.-]+)==(\S+)", read(name), flags=re.MULTILINE)) for name in LOCKS]
    shared = set(pins[0]) & set(pins[1])
    assert len(shared) > 100
    assert {package: [pin[package] for pin in pins] for package in shared if pins[0][package] != pins[1][package]} == {}


@pytest.mark.parametrize(
    "line",
    [
        f"numpy>=2 --hash=sha256:{DIGEST}",
        "numpy==2.4.6",
        f"numpy==2.* --hash=sha256:{DIGEST}",
        f"numpy==2.4.6 --hash=sha256:{DIGEST[:-1]}",
        f"numpy==2.4.6 --hash=md5:{DIGEST}",
        f"numpy @ https://example.org/numpy.whl --hash=sha256:{DIGEST}",
        "--index-url https://example.org",
        "-i example.org",
        "--find-links wheels",
        "# via https://example.org",
    ],
)
def test_a_loose_line_in_a_lock_is_found(line):
    good = f"httpx==0.28.1 ; python_version >= '3.11' \\\n    --hash=sha256:{DIGEST} \\\n    --hash=sha256:{DIGEST}\n"
    assert lock_faults(good) == []
    assert lock_faults(good + line + "\n") != []


def test_two_tensorflows_in_one_lock_are_found():
    lock = (
        f"tensorflow==2.21.0 \\\n    --hash=sha256:{DIGEST}\n"
        f"tensorflow-cpu==2.21.0 ; sys_platform == 'linux' \\\n    --hash=sha256:{DIGEST}\n"
    )
    assert tensorflows(lock, "linux") == ["tensorflow", "tensorflow-cpu"]
    assert tensorflows(lock, "darwin") == ["tensorflow"]


# --- pyproject.toml and what students install ---


def tensorflow_faults(table):
    """Where TensorFlow stands in [project] besides the extras cpu and gpu, and where it is missing."""
    groups = {"dependencies": table["dependencies"], **table["optional-dependencies"]}
    holds = {name for name, lines in groups.items() if any("tensorflow" in line for line in lines)}
    return sorted(holds ^ {"cpu", "gpu"})


def ranges(lines):
    """Package -> version range, markers left aside."""
    return {Requirement(line).name: Requirement(line).specifier for line in lines}


def test_tensorflow_is_in_the_extras_cpu_and_gpu_alone():
    assert tensorflow_faults(project()["project"]) == []


@pytest.mark.parametrize(
    "dependencies, extras, fault",
    [
        (["tensorflow"], {"cpu": ["tensorflow-cpu"], "gpu": ["tensorflow[and-cuda]"]}, ["dependencies"]),
        ([], {"cpu": ["tensorflow-cpu"], "gpu": ["tensorflow"], "grade": ["tensorflow>=2"]}, ["grade"]),
        ([], {"cpu": ["tensorflow-cpu"], "gpu": []}, ["gpu"]),
    ],
)
def test_a_stray_tensorflow_is_found(dependencies, extras, fault):
    assert tensorflow_faults({"dependencies": dependencies, "optional-dependencies": extras}) == fault


def test_students_install_the_same_ranges():
    table = project()["project"]
    extras = table["optional-dependencies"]
    ours = ranges([*table["dependencies"], *extras["grade"], *extras["cpu"]])
    lines = [line for line in read("assignments/requirements.txt").splitlines() if line and not line.startswith("#")]
    theirs = ranges(lines)
    assert set(theirs) >= {"numpy", "matplotlib", "scikit-learn", "keras", "jupyterlab", "ipykernel", "tensorflow"}
    assert theirs == {name: ours[name] for name in theirs}


# --- npm's lock, and the Node that it needs ---


def npm_faults(lock):
    """Packages with a download address, or with no hash to hold a download against."""
    packages = {name: package for name, package in lock["packages"].items() if name}
    return [f"{name} records an address" for name, package in packages.items() if "resolved" in package] + [
        f"{name} has no integrity" for name, package in packages.items() if "integrity" not in package
    ]


def node_minimum(engines):
    """The oldest major version of Node that a range such as `>=18` or `^18.0.0 || >=20` allows."""
    return min(int(major) for major in re.findall(r"(\d+)(?:\.[\d.x]+)?", engines))


def test_npms_lock_records_no_address():
    assert npm_faults(json.loads(read("package-lock.json"))) == []


def test_an_address_in_npms_lock_is_found():
    good = {"integrity": "sha512-x"}
    assert npm_faults({"packages": {"": {}, "node_modules/a": good}}) == []
    assert npm_faults({"packages": {"node_modules/a": {**good, "resolved": "https://example.org/a.tgz"}}}) != []
    assert npm_faults({"packages": {"node_modules/a": {}}}) != []


def test_the_node_that_is_installed_runs_every_package():
    """The Node that tools/system-packages.sh is content with (Debian 12's and Ubuntu 24.04's) is new enough."""
    accepted = int(re.search(r"-ge (\d+) \]", read("tools/system-packages.sh"))[1])
    packages = json.loads(read("package-lock.json"))["packages"]
    packages["package.json"] = packages.pop("")
    needed = {name: package["engines"]["node"] for name, package in packages.items() if "engines" in package}
    assert needed["package.json"] == f">={accepted}"
    assert {name: engines for name, engines in needed.items() if node_minimum(engines) > accepted} == {}


def test_nodes_ranges_are_read():
    assert [node_minimum(text) for text in (">=4", ">= 18.17.0", "^18.0.0 || >=20", "20.x")] == [4, 18, 18, 20]
