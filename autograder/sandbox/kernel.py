"""A notebook client that can ask its kernel a question, hear one reply, and drop everything else that is printed."""

import sys
import tempfile
import time
from pathlib import Path
from queue import Empty

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.utils import run_sync
from nbclient import NotebookClient
from nbclient.util import ensure_async

from autograder.sandbox.bubblewrap import NOTICES, python
from autograder.sandbox.libraries import write_notices
from autograder.sandbox.limits import kernel_environment

GRACE_SECONDS = 5


def _within(message, *keys):
    """What stands under these keys of a kernel's message, or None: a hostile kernel sends what it likes."""
    for key in keys:
        message = message.get(key) if isinstance(message, dict) else None
    return message


class KernelLost(Exception):
    """The kernel died or no longer listens; ``timed_out`` tells which."""

    def __init__(self, timed_out: bool):
        super().__init__("the kernel no longer answers" if timed_out else "the kernel died")
        self.timed_out = timed_out


class QuestionTimedOut(Exception):
    """A question took too long and was interrupted; the kernel lives on."""


class OwnKernel(KernelSpecManager):
    """The one kernel there is: this Python's, whatever a notebook or the machine's settings name.

    Parameters
    ----------
    sandboxed : bool
        Whether it is started by ``provisioner.SandboxProvisioner``.
    numpy_only : bool
        Whether that one walls off deep-learning libraries.
    """

    def __init__(self, *, sandboxed: bool, numpy_only: bool = False):
        super().__init__()
        self.sandboxed, self.numpy_only = sandboxed, numpy_only

    def get_kernel_spec(self, kernel_name):
        interpreter = python() if self.sandboxed else sys.executable
        settings = {"numpy_only": self.numpy_only}
        provisioner = {"provisioner_name": "training-deep-networks-sandbox", "config": settings}
        return KernelSpec(
            argv=[interpreter, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
            interrupt_mode="message" if self.sandboxed else "signal",
            metadata={"kernel_provisioner": provisioner} if self.sandboxed else {},
        )


class Asking:
    """What a notebook client of nbclient's needs in order to ask. Mix it in before the client's class.

    Its kernel runs in a folder of its own, and talks through sockets in it that only this user can open; TCP ports
    would be open to everybody on the machine.

    ``sandboxed`` says whether the kernel starts in the sandbox, ``numpy_only`` whether deep-learning libraries cannot
    be imported. Both count when the kernel starts. Outside the sandbox the second is a notice, not a wall: code that
    takes PYTHONPATH's folder out of ``sys.path`` finds the libraries behind it.
    """

    sandboxed = False
    numpy_only = False

    @property
    def work_folder(self) -> str:
        """The folder in which the kernel was started, as it is called inside."""
        if self.sandboxed:
            return f"{self._run_folder.name}/work"
        return str(self.resources.get("metadata", {}).get("path") or "")

    def create_kernel_manager(self):
        manager = super().create_kernel_manager()
        self._run_folder = tempfile.TemporaryDirectory(prefix="kernel-", ignore_cleanup_errors=True)
        manager.transport = "ipc"
        manager.connection_file = f"{self._run_folder.name}/kernel.json"
        manager.ip = f"{self._run_folder.name}/s"
        manager.kernel_spec_manager = OwnKernel(sandboxed=self.sandboxed, numpy_only=self.numpy_only)
        return manager

    async def _async_cleanup_kernel(self):
        try:
            await super()._async_cleanup_kernel()
        finally:
            self._run_folder.cleanup()

    _cleanup_kernel = run_sync(_async_cleanup_kernel)

    async def async_start_new_kernel(self, **kwargs):
        kwargs.setdefault("env", kernel_environment())
        if self.numpy_only and not self.sandboxed:
            notices = Path(self._run_folder.name) / NOTICES
            write_notices(notices)
            kwargs["env"] = {**kwargs["env"], "PYTHONPATH": str(notices)}
        await super().async_start_new_kernel(**kwargs)

    start_new_kernel = run_sync(async_start_new_kernel)  # nbclient's own is bound to its own coroutine

    async def async_ask(self, code: str, expression: str, seconds: float) -> str | None:
        """Run ``code`` silently and give the text of ``expression``; None where either raised.

        Parameters
        ----------
        code, expression : str
            What to run, and what to tell afterwards. Nothing that either prints or displays is kept.
        seconds : float
            How long it may take before it is interrupted.

        Raises
        ------
        QuestionTimedOut
            When it was interrupted.
        KernelLost
            When the kernel died, or does not listen to the interrupt either.
        """
        asked = await ensure_async(
            self.kc.execute(
                code,
                silent=True,
                store_history=False,
                user_expressions={"reply": expression},
                allow_stdin=False,
                stop_on_error=False,
            )
        )
        interrupted, deadline = False, time.monotonic() + seconds
        while True:
            try:
                wait = min(1.0, max(0.0, deadline - time.monotonic()))
                message = await ensure_async(self.kc.shell_channel.get_msg(timeout=wait))
            except Empty:
                if not await ensure_async(self.km.is_alive()):
                    raise KernelLost(timed_out=False) from None
                if time.monotonic() >= deadline:
                    if interrupted:
                        raise KernelLost(timed_out=True) from None
                    await ensure_async(self.km.interrupt_kernel())
                    interrupted, deadline = True, time.monotonic() + GRACE_SECONDS
                continue
            if _within(message, "parent_header", "msg_id") == asked:
                break
        await self._drop_output(asked)
        if interrupted:
            raise QuestionTimedOut
        reply = _within(message, "content", "user_expressions", "reply")
        if _within(message, "content", "status") != "ok" or _within(reply, "status") != "ok":
            return None
        return _within(reply, "data", "text/plain")

    async def _drop_output(self, asked):
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline:
            try:
                message = await ensure_async(self.kc.iopub_channel.get_msg(timeout=deadline - time.monotonic()))
            except Empty:
                return
            ours = _within(message, "parent_header", "msg_id") == asked
            if ours and _within(message, "content", "execution_state") == "idle":
                return

    ask = run_sync(async_ask)


class OwnNotebookClient(Asking, NotebookClient):
    """A kernel in which the project's own notebooks run: the solved ones, and their known mistakes.

    Parameters
    ----------
    notebook : NotebookNode
        What runs.
    numpy_only : bool
        Whether deep-learning libraries cannot be imported, as when a NumPy notebook is graded.
    **settings
        More of nbclient's.
    """

    def __init__(self, notebook, *, numpy_only=False, **settings):
        self.numpy_only = numpy_only
        super().__init__(notebook, timeout=600, kernel_name="python3", record_timing=False, **settings)
