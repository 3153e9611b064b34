"""The group of processes that an attempt at one job is made of."""

import logging
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import torch
import torch.distributed
from torch import Tensor
from torch.distributed.distributed_c10d import _abort_process_group

from pdarts_core.parallel.communicator import (
    ALONE,
    Communicator,
    MemoryRanOutElsewhere,
    ProcessLost,
)
from pdarts_core.training.failures import is_out_of_memory
from worker.ranks.joining import MeetingPlace, device_of_rank
from worker.ranks.parcel import Contents, wrap
from worker.ranks.task import LEFT_ALONE, OUT_OF_MEMORY, Task

_GRACE_SECONDS = 60.0
"""How long the attempt may take to notice by itself that another process is gone."""
_ENDING_SECONDS = 5.0
"""How long a process may take to end once its connections are gone."""
_LOOK_SECONDS = 0.5
_PATIENCE = 0.5
"""How long the attempt's own process waits for the others, in step timeouts."""
_OTHERS_SECONDS = 7 * 24 * 3600.0
"""How long another process waits for the attempt's own, which may have more to do: it measures and
writes alone. If it hangs, its watchdog ends it, and the others with it."""

logger = logging.getLogger(__name__)


class RankGroup:
    """Starts the other processes of a job, and ends them.

    They are fresh processes, one for each device but the first, which is the attempt's own. The
    kernel kills them when the attempt's process is gone, however it went. Used as a context, which
    leaves none of them behind.

    Args:
        kind: of the job.
        device: cuda or cpu.
        size: how many processes there are, this one included; 1 starts none.
        step_timeout_seconds: after which the attempt's watchdog ends it. It takes the others for
            lost before that, so that the job's history says why it ended.
        folder: on whose disk the job's images have room once more.
    """

    def __init__(
        self, kind: str, *, device: str, size: int, step_timeout_seconds: float, folder: Path
    ) -> None:
        self._kind = kind
        self._device = device
        self._patience = _PATIENCE * step_timeout_seconds
        self._folder = folder
        self.size = size
        self._members: list[subprocess.Popen[str]] = []
        self._left = threading.Event()
        self._threads = torch.get_num_threads()

    @property
    def own_device(self) -> torch.device:
        """The device of the attempt's own process."""
        return torch.device(self._device) if self.size == 1 else device_of_rank(self._device, 0)

    def start(self, contents: Contents) -> Communicator:
        """Start the other processes of the job; return once all have joined.

        Args:
            contents: what each of them is given (`WorkerKind.follow`).

        Raises:
            ProcessLost: one did not start, or there is no room for what it is given.
        """
        if self.size == 1:
            return ALONE
        self._left = threading.Event()
        torch.set_num_threads(max(1, self._threads // self.size))
        try:
            return self._start_all(contents)
        except (OSError, RuntimeError) as error:
            if is_out_of_memory(error):
                raise
            raise ProcessLost(f"the processes of this job could not start: {error}") from error

    def _start_all(self, contents: Contents) -> Communicator:
        meeting = MeetingPlace.open()
        with wrap(contents, self._folder) as parcel:
            for rank in range(1, self.size):
                self._members.append(self._start(rank, meeting.port, parcel.fileno()))
            self._wait_until_ready()
        threading.Thread(target=self._watch, args=(self._left,), daemon=True).start()
        try:
            group = meeting.join(
                rank=0, size=self.size, device=self.own_device, timeout_seconds=self._patience
            )
        except ProcessLost as error:
            raise self.loss() or error from error
        return _Watched(group, self)

    def stop(self) -> None:
        """End the other processes."""
        self._left.set()
        if self.size == 1:
            return
        torch.set_num_threads(self._threads)
        if self._device == "cuda" and torch.distributed.is_initialized():
            # What the GPU was told to add up would wait for processes that are gone.
            with suppress(RuntimeError):
                _abort_process_group()
        for member in self._members:
            member.kill()
        for member in self._members:
            member.wait()
            if member.stdout is not None:
                member.stdout.close()
        self._members = []
        if torch.distributed.is_initialized():
            with suppress(RuntimeError):  # what it would say, the lost process has said
                torch.distributed.destroy_process_group()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()

    def loss(self) -> Exception | None:
        """Tell which process is lost, if one ended otherwise than it should; waits a little.

        One that ran out of memory comes first; one that only lost the others comes last.
        """
        until = time.monotonic() + _ENDING_SECONDS
        while not self._is_loss_known() and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS / 10)
        failed = self._failed()
        if not failed:
            return None
        rank = min(failed, key=lambda r: (failed[r] == LEFT_ALONE, failed[r] != OUT_OF_MEMORY))
        status = failed[rank]
        if status == OUT_OF_MEMORY:
            return MemoryRanOutElsewhere(f"out of memory in process {rank} of {self.size}")
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        return ProcessLost(f"process {rank} of {self.size} ended ({how})")

    def _is_loss_known(self) -> bool:
        """Tell whether a process has ended by itself, or none is left to wait for."""
        told = any(status != LEFT_ALONE for status in self._failed().values())
        return told or all(member.poll() is not None for member in self._members)

    def _failed(self) -> dict[int, int]:
        """Return the exit statuses of the processes that ended otherwise than they should."""
        ended = {rank: member.poll() for rank, member in enumerate(self._members, start=1)}
        return {rank: status for rank, status in ended.items() if status}

    def _start(self, rank: int, port: int, parcel: int) -> "subprocess.Popen[str]":
        task = Task(
            kind=self._kind,
            device=self._device,
            rank=rank,
            size=self.size,
            parcel=parcel,
            port=port,
            threads=torch.get_num_threads(),
            timeout_seconds=_OTHERS_SECONDS,
            parent=os.getpid(),
        )
        return subprocess.Popen(  # noqa: S603  our own program
            [sys.executable, "-P", "-m", "worker.rank_process", task.to_argument()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            pass_fds=(parcel,),
            text=True,
            # Ctrl-C is for the worker: it ends its attempts in order.
            start_new_session=True,
        )

    def _wait_until_ready(self) -> None:
        for rank, member in enumerate(self._members, start=1):
            if member.stdout is None or not member.stdout.readline():
                raise ProcessLost(f"process {rank} of {self.size} did not start")

    def _watch(self, left: threading.Event) -> None:
        """End this process if it does not notice by itself that another one is gone."""
        while not left.wait(_LOOK_SECONDS):
            if self._failed() and not left.wait(_GRACE_SECONDS):
                logger.error("%s, and this one waits for it", self.loss())
                os._exit(1)


class _Watched:
    """A communicator that knows why another process is gone."""

    def __init__(self, communicator: Communicator, group: RankGroup) -> None:
        self._communicator = communicator
        self._group = group
        self.rank = communicator.rank
        self.size = communicator.size

    def add_up(self, tensor: Tensor) -> None:
        """See Communicator."""
        try:
            self._communicator.add_up(tensor)
        except ProcessLost as error:
            raise self._group.loss() or error from error
