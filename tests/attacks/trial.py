"""One attack on one service, with a bystander: what it came to."""

import json
import multiprocessing
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from multiprocessing.connection import Connection

from tests.attacks.attack import MIB, Attack, Outcome, Target
from tests.attacks.bystander import Errand, Seen
from tests.attacks.memory import watched
from tests.attacks.stand import Stand
from tests.support.launcher import ROOT

GET_P99_SECONDS = 0.25
LIVEZ_SECONDS = 0.5
GOALS = f"others' GET < {GET_P99_SECONDS * 1000:g} ms (p99), /livez < {LIVEZ_SECONDS * 1000:g} ms"
_GRACE_SECONDS = 30.0
"""For an attack that does not look at the time."""
_SETTLE_SECONDS = 2.0
_LARGEST_ATTACKER = 4096 * MIB


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How an attack went. Times are in seconds, memory is in bytes."""

    attack: Attack
    outcome: Outcome
    seen: Seen
    before: int
    peak: int
    after: int

    @property
    def misses(self) -> list[str]:
        """What did not hold."""
        found = [] if self.outcome.held else [self._harm]
        if self.peak - self.before > self.attack.most_growth:
            found.append("memory")
        if self.attack.spares_others:
            if quantile(self.seen.get, 0.99) >= GET_P99_SECONDS:
                found.append("GET")
            if quantile(self.seen.livez, 1) >= LIVEZ_SECONDS:
                found.append("/livez")
            if self.seen.errors:
                found.append(", ".join(f"{n} × {what}" for what, n in self.seen.errors.items()))
        return found

    @property
    def _harm(self) -> str:
        worked = self.outcome.came_to_an_end
        return "the attack worked" if worked else "nothing was found out"


def quantile(times: Sequence[float], share: float) -> float:
    """Return the time that this share of the requests stayed within; infinite without any."""
    ordered = sorted(times)
    if not ordered:
        return float("inf")
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def run_trial(attack: Attack, stand: Stand) -> Trial:
    """Attack a service."""
    with accompanied(stand.errand) as bystander, watched(stand.target.api_pid) as memory:
        before = memory.now()
        outcome = _run_apart(attack, stand.target)
        time.sleep(_SETTLE_SECONDS)
        after = memory.now()
        seen = bystander.leave()
    return Trial(
        attack=attack, outcome=outcome, seen=seen, before=before, peak=memory.peak, after=after
    )


class BystanderProcess:
    """A bystander who has been served for a moment already."""

    def __init__(self, process: subprocess.Popen[str], errand: Errand) -> None:
        self._process = process
        self._tell(json.dumps(asdict(errand)) + "\n")
        assert self._read_line() == "ready", "the bystander could not start"

    def leave(self) -> Seen:
        """Have it stop, and return what it saw."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return Seen.decode(self._read_line())

    def _tell(self, words: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(words)
        self._process.stdin.flush()

    def _read_line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")


@contextmanager
def accompanied(errand: Errand) -> Iterator[BystanderProcess]:
    """Run a bystander beside the block."""
    command = [sys.executable, "-m", "tests.attacks.bystander"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield BystanderProcess(process, errand)
        finally:
            process.kill()


def _run_apart(attack: Attack, target: Target) -> Outcome:
    # Spawned, not forked: this process has threads.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run_here, args=(attack, target, theirs))
    process.start()
    theirs.close()
    try:
        if not ours.poll(attack.seconds + _GRACE_SECONDS):
            return Outcome(said="the attack did not end", held=False, came_to_an_end=False)
        outcome: Outcome = ours.recv()
    except EOFError:
        return Outcome(said="the attack itself failed", held=False, came_to_an_end=False)
    finally:
        process.kill()
        process.join()
    return outcome


def _run_here(attack: Attack, target: Target, answer: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_LARGEST_ATTACKER, _LARGEST_ATTACKER))
    begun = replace(target, ends_at=time.monotonic() + attack.seconds)
    answer.send(attack.run(begun))
