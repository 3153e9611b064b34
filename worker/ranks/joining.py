"""How the processes of a job find each other, all on this machine."""

import os
import socket
from datetime import timedelta
from typing import cast

import torch
import torch.distributed
from torch._C._distributed_c10d import TCPStore

from pdarts_core.parallel.communicator import ProcessLost
from pdarts_core.parallel.group import GroupCommunicator, ProcessGroup
from pdarts_core.training.failures import is_out_of_memory

_BACKENDS = {"cuda": "nccl", "cpu": "gloo"}
_HERE = "127.0.0.1"


class MeetingPlace:
    """Where the processes of a job tell each other how to reach them."""

    def __init__(self, store: TCPStore, port: int) -> None:
        self.store = store
        self.port = port

    @classmethod
    def open(cls) -> "MeetingPlace":
        """Open one on the loopback interface; it is there as long as what this returns."""
        listening = socket.create_server((_HERE, 0))
        port = listening.getsockname()[1]
        store = TCPStore(
            _HERE,
            port,
            is_master=True,
            wait_for_workers=False,
            master_listen_fd=listening.detach(),
        )
        return cls(store, port)

    @classmethod
    def find(cls, port: int) -> "MeetingPlace":
        """Find the one that another process opened."""
        return cls(TCPStore(_HERE, port, is_master=False, wait_for_workers=False), port)

    def join(
        self, *, rank: int, size: int, device: torch.device, timeout_seconds: float
    ) -> GroupCommunicator:
        """Join the group of a job's processes; waits until all have.

        Args:
            rank: this process' number, from 0.
            size: how many there are.
            device: this process' own.
            timeout_seconds: how long one waits for the others, now and later.

        Raises:
            ProcessLost: not all have joined in that time.
        """
        if device.type == "cuda":
            torch.cuda.set_device(device)
        # Nobody on another machine is to reach them.
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
        os.environ.setdefault("NCCL_SOCKET_IFNAME", "lo")
        try:
            torch.distributed.init_process_group(
                _BACKENDS[device.type],
                store=self.store,
                rank=rank,
                world_size=size,
                timeout=timedelta(seconds=timeout_seconds),
            )
        except RuntimeError as error:
            if is_out_of_memory(error):
                raise
            raise ProcessLost(f"the processes of this job did not meet: {error}") from error
        return GroupCommunicator(cast("ProcessGroup", torch.distributed.group.WORLD))


def device_of_rank(kind: str, rank: int) -> torch.device:
    """Return the device of a process: one GPU each, or the CPU that all share."""
    return torch.device(kind, rank) if kind == "cuda" else torch.device(kind)
