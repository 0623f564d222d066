"""What takes too long is ended; what does not is left alone, and so is whoever set an alarm before."""

import signal
import time

import pytest
from limits import limited


def test_an_endless_loop_is_ended():
    with pytest.raises(TimeoutError, match=r"took longer than 0\.05 s"), limited(0.05):
        while True:
            pass


def test_nothing_rings_afterwards():
    before = signal.getsignal(signal.SIGALRM)
    with limited(0.05):
        pass
    assert signal.getsignal(signal.SIGALRM) is before
    time.sleep(0.1)
