"""The ledger: seeds that stay, events that are never lost, and a crash that spoils nothing."""

import json
import multiprocessing

import pytest

from autograder.workflow.ledger import Ledger


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "classroom" / "ledger.jsonl")


def test_a_seed_is_drawn_once_for_an_assignment_and_version(ledger):
    seed = ledger.seed("1-numbers", "v1")
    assert ledger.seed("1-numbers", "v1") == seed
    assert Ledger(ledger.path).seed("1-numbers", "v1") == seed
    assert len(list(ledger.events("seed"))) == 1


def test_seeds_differ_between_versions_assignments_and_courses(ledger, tmp_path):
    seeds = {ledger.seed("1-numbers", "v1"), ledger.seed("1-numbers", "v2"), ledger.seed("2-letters", "v1")}
    seeds.add(Ledger(tmp_path / "another" / "ledger.jsonl").seed("1-numbers", "v1"))
    assert len(seeds) == 4


def test_a_seed_has_63_bits(ledger):
    seeds = [ledger.seed("1-numbers", str(version)) for version in range(64)]
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert any(seed >= 2**61 for seed in seeds)  # fails once in 10^8 runs


def test_events_come_back_by_kind_and_in_order(ledger):
    assert list(ledger.events("graded")) == []
    ledger.append("graded", student="ada", digest="1")
    ledger.append("other", student="ada")
    ledger.append("graded", student="bela\n\u2028\ud800", digest="2")
    assert [event["student"] for event in ledger.events("graded")] == ["ada", "bela\n\u2028\ud800"]


def test_asking_for_events_writes_nothing(ledger):
    list(ledger.events("seed"))
    assert not ledger.path.parent.exists()


@pytest.mark.parametrize(
    "tail", [b'{"event": "graded", "stu', b"\0\0\0\0", b"3\n", b'"graded"\n', b"\xff\xfe", b"\n\n"]
)
def test_a_last_line_that_a_crash_spoilt_costs_only_itself(ledger, tail):
    seed = ledger.seed("1-numbers", "v1")
    ledger.append("graded", student="ada")
    with ledger.path.open("ab") as file:
        file.write(tail)
    assert [event["student"] for event in ledger.events("graded")] == ["ada"]
    ledger.append("graded", student="bela")
    assert [event["student"] for event in ledger.events("graded")] == ["ada", "bela"]
    assert ledger.seed("1-numbers", "v1") == seed


def test_a_last_line_without_its_end_is_kept_whole(ledger):
    ledger.append("graded", student="ada")
    ledger.path.write_bytes(ledger.path.read_bytes().rstrip(b"\n"))
    ledger.append("graded", student="bela")
    assert [event["student"] for event in ledger.events("graded")] == ["ada", "bela"]


def _work(path, worker, start):
    start.wait()
    ledger = Ledger(path)
    for number in range(50):
        ledger.append("seen", version=number, seed=ledger.seed("1-numbers", str(number)))
        ledger.append("graded", worker=worker, number=number, padding="x" * 5000)


def test_several_processes_lose_nothing_and_agree_on_the_seed(ledger):
    context = multiprocessing.get_context("fork")
    start = context.Event()
    workers = [context.Process(target=_work, args=(ledger.path, worker, start)) for worker in range(4)]
    for worker in workers:
        worker.start()
    start.set()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    written = {(event["worker"], event["number"]) for event in ledger.events("graded")}
    assert written == {(worker, number) for worker in range(4) for number in range(50)}
    assert len({(event["version"], event["seed"]) for event in ledger.events("seen")}) == 50
    assert len(list(ledger.events("seed"))) == 50
    lines = ledger.path.read_text(encoding="utf-8").splitlines()
    assert len([json.loads(line) for line in lines]) == 4 * 100 + 50


def test_a_seed_is_renewed_on_request_and_the_old_one_is_kept(ledger):
    assert ledger.drawn("1-numbers", "v1") == 0
    first = ledger.seed("1-numbers", "v1")
    second = ledger.seed("1-numbers", "v1", renew=True)
    assert first != second
    assert ledger.seed("1-numbers", "v1") == second
    assert ledger.drawn("1-numbers", "v1") == 2
    assert [event["seed"] for event in ledger.events("seed")] == [first, second]
    assert ledger.drawn("1-numbers", "v2") == 0
