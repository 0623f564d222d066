"""Our steps among nbgrader's: read what was handed in, and judge while the notebook runs.

What mends a hand-in before that is in ``repair``, and the lists themselves are in ``nbgrader_config``. Points go to
nbgrader as it expects them (a number as a check's only result), and the message goes beside it as a display, so
gradebook, formgrader and feedback pages show both.
"""

import functools
import io
from pathlib import Path

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.exporters import NotebookExporter
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute
from traitlets import Bool, Unicode

from autograder import judge
from autograder.assignment import read_once, when_changed
from autograder.errors import CourseError
from autograder.feedback import message, summary
from autograder.repair import METADATA
from autograder.sandbox.doctor import UNTRUSTED, require_sandbox
from autograder.sandbox.kernel import Asking, KernelLost, QuestionTimedOut
from autograder.sandbox.limits import AGAIN_SECONDS, OUTPUT_BYTES
from autograder.wire import BadReply, decode, question
from autograder.workflow.ledger import Ledger
from autograder.worlds import Expected, expected_answers, is_keras


class HandedIn(NotebookExporter):
    """nbgrader's way of reading a notebook, which also takes one that an editor saved with a byte-order mark."""

    def from_file(self, file_stream, resources=None, **kw):
        text = file_stream.read().removeprefix("\ufeff")
        return super().from_file(io.StringIO(text), resources=resources, **kw)


@functools.lru_cache(maxsize=8)
def seed_and_answers(root: str, name: str, changed: int) -> tuple[int, Expected]:
    """The course's seed for an assignment, and what the reference and each misconception answer to it."""
    assignment, classroom = read_once(root, name, changed), Path(root) / "classroom"
    seed = Ledger(classroom / "ledger.jsonl").seed(name, assignment.version)
    return seed, expected_answers(assignment, seed, classroom / "expected")


class JudgedExecution(Asking, Execute):
    """nbgrader's Execute, which also asks the probes after each check and writes points and message into its cell."""

    root = Unicode(help="The course's folder.").tag(config=True)
    _now, _hung = None, False  # the cell that runs, and whether one has run into its limit
    trust = Bool(False, help="Run without the sandbox: for the project's own notebooks alone.").tag(config=True)

    @property
    def sandboxed(self):
        return not self.trust

    def preprocess(self, nb, resources, km=None):
        isolation = UNTRUSTED if self.trust else require_sandbox(Path(self.root))
        facts = resources["nbgrader"]
        which = self.root, facts["assignment"], when_changed(self.root, facts["assignment"])
        self.assignment = read_once(*which)
        self.seed, self.expected = seed_and_answers(*which)
        notebook = self.assignment.notebook(facts["notebook"])
        self.keras = is_keras(notebook)
        self.checks = {mark.grade_id: mark for mark in notebook.checks}
        self.replies = {mark.name: {} for mark in notebook.checks}
        self._now, self._hung, ended = None, False, ""
        self.timeout_func = self._seconds_for
        try:
            nb, resources = super().preprocess(nb, resources, km)
        except (DeadKernelError, CellTimeoutError, KernelLost) as error:
            ended = self._say_how_it_ended(error)
        except RuntimeError as error:
            if self._now is None:  # no cell ran: the machine is at fault, not the hand-in
                raise CourseError(f"no kernel could be started: {error}") from error
            ended = self._say_how_it_ended(error)
        results = self._judge(nb)
        nb.metadata[METADATA] = {
            "assignment": self.assignment.name,
            "version": self.assignment.version,
            "isolation": isolation,
            "ended": ended,
            "checks": [summary(result) for result in results],
        }
        return nb, resources

    def preprocess_cell(self, cell, resources, index):
        self._now = cell
        cell, resources = super().preprocess_cell(cell, resources, index)
        self._hung |= any(output.get("ename") == CellTimeoutError.__name__ for output in cell.get("outputs", ()))
        mark = self.checks.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if mark:
            self._ask_all(mark.name)
        return cell, resources

    def _seconds_for(self, cell):
        """How long a cell may take: less, once one has run into the limit."""
        return min(self.timeout, AGAIN_SECONDS) if self._hung else self.timeout

    def _ask_all(self, check):
        """Ask a check's probes; once one has timed out the others are spared, for they call the same function."""
        replies, hung = self.replies[check], None
        for probe in self.assignment.probes_of(check):
            if hung:
                replies[probe.name] = judge.NoAnswer(judge.TIMED_OUT, f"Not asked: {hung}")
                continue
            try:
                text = self.ask(*question(probe, probe.inputs(self.seed), self.keras), probe.seconds)
                replies[probe.name] = decode(text)
            except BadReply:
                replies[probe.name] = judge.NoAnswer(judge.UNREADABLE, "What came back could not be read as numbers.")
            except QuestionTimedOut:
                hung = f"an answer took longer than {probe.seconds:g} seconds."
                replies[probe.name] = judge.NoAnswer(
                    judge.TIMED_OUT, f"No answer within {probe.seconds:g} seconds: look for a loop that never ends."
                )
            except KernelLost as lost:
                outcome = judge.TIMED_OUT if lost.timed_out else judge.DIED
                replies[probe.name] = judge.NoAnswer(outcome, f"Asking this ended the notebook: {lost}.")
                raise

    def _say_how_it_ended(self, error):
        lost = isinstance(error, KernelLost)
        timed_out = error.timed_out if lost else isinstance(error, CellTimeoutError)
        what = "took too long and could not be interrupted" if timed_out else "ended the kernel"
        first = next((line for line in self._now.source.splitlines() if line.strip()), "")
        return f"The notebook ended early: the cell that begins with `{first.strip()[:80]}` {what}."

    def _judge(self, nb):
        results = []
        for cell in nb.cells:
            mark = self.checks.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
            if mark is None:
                continue
            result = judge.judge_check(
                mark.name,
                mark.points,
                self.assignment.probes_of(mark.name),
                self.replies[mark.name],
                self.expected.reference[mark.name],
                self.expected.wrong[mark.name],
            )
            shown = [calm for output in cell.outputs if (calm := shown_output(output))]
            cell.outputs = [
                *shown,
                new_output("display_data", data=message(result)),
                new_output("execute_result", data={"text/plain": f"{result.points:g}"}, execution_count=None),
            ]
            results.append(result)
        return results


def shown_output(output):
    """A check's own output as one that decides no points: nbgrader takes errors, stderr and results for a score."""
    if output.output_type == "error":
        return new_output("stream", name="stdout", text="\n".join(output.traceback)[:OUTPUT_BYTES])
    if output.output_type == "stream":
        return new_output("stream", name="stdout", text=output.text[:OUTPUT_BYTES])
    if output.output_type in ("execute_result", "display_data"):
        return new_output("display_data", data=output.data, metadata=output.metadata)
    return None
