"""What ends a command is counted."""

import os
import signal

import pytest

from cli.stop_signals import caught


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_asks_to_stop_and_the_second_to_hurry(number: signal.Signals) -> None:
    with caught() as stop_signals:
        asked_before = stop_signals.asked
        assert not asked_before
        os.kill(os.getpid(), number)
        assert stop_signals.wait(10)
        assert stop_signals.asked
        assert not stop_signals.asked_again()
        os.kill(os.getpid(), number)
        assert stop_signals.asked_again()


def test_the_former_handlers_come_back() -> None:
    former = signal.getsignal(signal.SIGTERM)
    with caught():
        assert signal.getsignal(signal.SIGTERM) != former
    assert signal.getsignal(signal.SIGTERM) == former
