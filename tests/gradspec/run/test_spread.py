"""Work is spread over forks, and comes back in order."""

from __future__ import annotations

import os
import signal

import pytest

from gradspec.run.spread import spread

# Where another test has loaded JAX, or left a thread, forks are warned of; what is forked here needs neither.
pytestmark = [
    pytest.mark.filterwarnings("ignore:os.fork\\(\\) was called:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning"),
]


@pytest.mark.parametrize("workers", [1, 2])
def test_what_comes_of_each_thing_comes_in_order(workers):
    assert list(spread(lambda word: word * 2, ["a", "b", "c"], workers)) == ["aa", "bb", "cc"]


def test_one_worker_works_here_and_two_elsewhere():
    assert set(spread(lambda _: os.getpid(), [1, 2], 1)) == {os.getpid()}
    assert os.getpid() not in set(spread(lambda _: os.getpid(), [1, 2], 2))


def test_a_fork_has_what_was_there_before_it():
    here = object()

    assert list(spread(lambda place: place == id(here), [id(here), 0], 2)) == [True, False]


def test_an_error_of_the_work_comes_through():
    with pytest.raises(ZeroDivisionError):
        list(spread(lambda n: 1 // n, [1, 0], 2))


def test_nothing_is_nothing():
    assert list(spread(str, [], 2)) == []


def test_a_fork_says_nothing_when_it_is_ended(capfd):
    def complain(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, complain)
    try:
        assert list(spread(lambda _: signal.getsignal(signal.SIGTERM), [1, 2], 2)) == [signal.SIG_DFL] * 2
        results = spread(lambda n: n, list(range(100)), 2)
        assert next(results) == 0
        results.close()  # in the middle: the forks are told to end
    finally:
        signal.signal(signal.SIGTERM, before)
    assert capfd.readouterr().err == ""
