"""Our steps among nbgrader's: read what was handed in, and judge while the notebook runs.

What mends a hand-in before that is in ``repair``, and the lists themselves are in ``nbgrader_config``. Points go to
nbgrader as it expects them (a number as a check's only result), and the message goes beside it as a display, so
gradebook, formgrader and feedback pages show both.
"""

import copy
import functools
import io
from pathlib import Path

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.exporters import NotebookExporter
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from traitlets import Bool, Unicode

from autograder import judge
from autograder.assignment import read_once, when_changed
from autograder.errors import CourseError
from autograder.feedback import message, note, score, summary
from autograder.flags import flags_of
from autograder.notebooks import another_edition
from autograder.repair import METADATA, REPAIRED
from autograder.safe import JUDGE, safe_output
from autograder.sandbox import limits
from autograder.sandbox.doctor import UNTRUSTED, require_sandbox
from autograder.sandbox.kernel import Asking, KernelLost, QuestionTimedOut
from autograder.sandbox.limits import OUTPUT_BYTES
from autograder.wire import BadReply, Failure, clean, decode, question
from autograder.words import Words
from autograder.workflow.ledger import Ledger
from autograder.worlds import Expected, expected_answers, is_keras

HANDED_IN = "handed_in"  # where a cell carries the outputs that were handed in


class HandedIn(NotebookExporter):
    """nbgrader's way of reading a notebook, which also takes one that an editor saved with a byte-order mark."""

    def from_file(self, file_stream, resources=None, **kw):
        text = file_stream.read().removeprefix("\ufeff")
        return super().from_file(io.StringIO(text), resources=resources, **kw)


@functools.lru_cache(maxsize=8)
def answers_once(root: str, name: str, changed: int, seed: int) -> Expected:
    """What the reference and each misconception answer to a seed, asked once for all hand-ins of a run."""
    return expected_answers(read_once(root, name, changed), seed, Path(root) / "classroom" / "expected")


class KeepHandedIn(NbGraderPreprocessor):
    """Keep each cell's outputs as they were handed in: feedback shows them, not those of our run.

    A cell that runs after a probe was asked shares its process and may have seen it. What such a cell prints stays with
    the instructor; what a student handed in was made before any probe existed.
    """

    def preprocess_cell(self, cell, resources, index):
        cell.metadata.pop(HANDED_IN, None)
        if cell.cell_type == "code" and cell.outputs:
            cell.metadata[HANDED_IN] = copy.deepcopy(cell.outputs)
        return cell, resources


class JudgedExecution(Asking, Execute):
    """nbgrader's Execute, which also asks the probes after each check and writes points and message into its cell."""

    root = Unicode(help="The course's folder.").tag(config=True)
    _now, _hung = None, False  # the cell that runs, and whether one has run into its limit
    _longest = None  # how long a cell of this assignment may take, where it says so
    trust = Bool(False, help="Run without the sandbox: for the project's own notebooks alone.").tag(config=True)

    @property
    def sandboxed(self):
        return not self.trust

    def preprocess(self, nb, resources, km=None):
        isolation = UNTRUSTED if self.trust else require_sandbox(Path(self.root))
        facts = resources["nbgrader"]
        which = self.root, facts["assignment"], when_changed(self.root, facts["assignment"])
        self.assignment = read_once(*which)
        self.notebook = self.assignment.notebook(facts["notebook"])
        other = another_edition(nb, self.notebook)
        if other:
            raise ValueError(f"{self.notebook.name}.ipynb {other}")
        self.seed = Ledger(Path(self.root) / "classroom" / "ledger.jsonl").seed(
            self.assignment.name, self.assignment.version
        )
        self.expected = answers_once(*which, self.seed)
        self.keras = is_keras(self.notebook)
        self.numpy_only = not self.keras
        self.checks = {mark.grade_id: mark for mark in self.notebook.checks}
        self.replies = {mark.name: {} for mark in self.notebook.checks}
        self._now, self._hung, self._left, ended = None, False, limits.ANSWERS_BYTES, ""
        self._longest, self.timeout_func = self.assignment.cell_seconds, self._seconds_for
        flags = flags_of(
            nb,
            Path(resources["metadata"]["path"]),
            exercises=[mark.name for mark in self.notebook.exercises],
            watch=self.assignment.watch,
            numpy_only=self.numpy_only,
        )
        try:
            nb, resources = super().preprocess(nb, resources, km)
        except CourseError:
            raise
        except Exception as error:  # whatever a kernel does or says, it is this hand-in's result and no one else's
            if self._now is None:  # no cell ran: the machine is at fault, not the hand-in
                raise CourseError(f"no kernel could be started: {error}") from error
            ended = self._say_how_it_ended(error)
        results = self._judge(nb)
        nb.metadata[METADATA] = {
            "assignment": self.assignment.name,
            "version": self.assignment.version,
            "isolation": isolation,
            "ended": ended,
            "repaired": [told for told in nb.metadata.get(REPAIRED, ()) if not told["flag"]],
            "flags": flags,
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
        """How long a cell may take: what the assignment says or the usual, and less once one has run into the limit."""
        longest = self._longest or self.timeout
        return min(longest, limits.AGAIN_SECONDS) if self._hung else longest

    def _ask_all(self, check):
        """Ask a check's probes; once one has timed out the others are spared, for they call the same function."""
        replies, hung = self.replies[check], None
        for probe in self.assignment.probes_of(check):
            if hung:
                replies[probe.name] = judge.NoAnswer(judge.TIMED_OUT, f"Not asked: {hung}")
                continue
            try:
                asked = question(probe, probe.inputs(self.seed), self.keras, self.work_folder)
                text = self.ask(*asked, probe.seconds)
                answer = decode(text, self._left)
                self._left -= len(text)
                replies[probe.name] = answer
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
        timed_out = error.timed_out if isinstance(error, KernelLost) else isinstance(error, CellTimeoutError)
        what = "took too long and could not be interrupted" if timed_out else "ended the kernel"
        if not isinstance(error, KernelLost | CellTimeoutError | DeadKernelError | RuntimeError):
            what = "made the kernel say what no kernel says"
        first = next((line for line in self._now.source.splitlines() if line.strip()), "")
        return f"The notebook ended early: the cell that begins with `{clean(first)[:80]}` {what}."

    def _judge(self, nb):
        words = Words((cell.source for cell in nb.cells), (probe.source() for probe in self.assignment.probes))
        results, not_right = [], []
        for cell in nb.cells:
            if cell.cell_type != "code":
                continue
            note = stopped(cell, words)
            cell.outputs = [calm for output in cell.outputs if (calm := shown_output(output))]
            mark = self.checks.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
            if mark:
                result = self._judge_check(mark, words, not_right)
                results.append(result)
                if result.points < result.out_of:
                    not_right.append(result.name)
                cell.outputs += [ours("display_data", message(result)), ours("execute_result", score(result))]
            if note:
                cell.outputs.insert(len(cell.outputs) - (2 if mark else 0), ours("display_data", note))
        return results

    def _judge_check(self, mark, words, not_right):
        replies = self.replies[mark.name]
        given = self.assignment.probes_of(mark.name), replies, self.expected.reference[mark.name]
        told = {"seed": self.seed, "words": words, "not_right": not_right}
        result = judge.judge_check(mark.name, mark.points, *given, {}, **told)
        answered = [isinstance(reply, judge.Answer) for reply in replies.values()]
        untouched = all(verdict.outcome == judge.NOT_ANSWERED for verdict in result.verdicts)
        if result.points == result.out_of or untouched or not any(answered):
            return result  # nothing to explain, so the known mistakes need not be asked
        return judge.judge_check(mark.name, mark.points, *given, self.expected.wrong[mark.name], **told)


def ours(kind, data):
    """An output that the grader writes. Its mark tells it from a student's, from which ``shown_output`` takes it."""
    extra = {"execution_count": None} if kind == "execute_result" else {}
    return new_output(kind, data=data, metadata={JUDGE: True}, **extra)


def stopped(cell, words: Words) -> dict[str, str]:
    """A note for a cell that an error ended when we ran it; {} for one that ran through."""
    error = next((output for output in cell.outputs if output.get("output_type") == "error"), None)
    if error is None:
        return {}
    if error.get("ename") == CellTimeoutError.__name__:
        return note("When this notebook was run from top to bottom, this cell took too long and was stopped.")
    failure = Failure(clean(error.get("ename")), clean(error.get("evalue")))
    told = judge.describe_failure(failure, words).removeprefix("It ")
    return note(f"When this notebook was run from top to bottom, this cell {told}")


def shown_output(output):
    """An output of our run as one that decides no points: nbgrader takes errors, stderr and results for a score.

    It is made safe to show, and what is no output of its kind, as only a hostile kernel sends it, is left out.
    """
    kind, data, metadata = output.get("output_type"), output.get("data"), output.get("metadata")
    if kind == "error":
        lines = output.get("traceback")
        lines = lines if isinstance(lines, list) else []
        return _printed("\n".join(line for line in lines if isinstance(line, str)))
    if kind == "stream":
        return _printed(output.get("text"))
    if kind in ("execute_result", "display_data") and isinstance(data, dict):
        metadata = metadata if isinstance(metadata, dict) else {}
        metadata = {key: value for key, value in metadata.items() if key != JUDGE}
        return safe_output(new_output("display_data", data=data, metadata=metadata))
    return None


def _printed(text):
    return safe_output(new_output("stream", name="stdout", text=text[:OUTPUT_BYTES])) if isinstance(text, str) else None
