"""What a compiler makes of the kernels, without a GPU: registers, memory, and whether it compiles.

A step of the paper's search network is launched on a CPU; in place of running, each kernel that it
asks for is compiled for a GPU, once for each set of types and constants: in float32, and under
autocast. Needs Triton, with the assembler that comes with it, and TRITON_INTERPRET unset.

    python -m benchmarks.compiled_kernels [--capability 90]

Printed is a line for each; a stack above 0 means that registers did not suffice, and the exit
status is 1 if one of them is above 64 bytes.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.step_trial import kept_operations
from pdarts_core.config import PRESETS
from pdarts_core.kernels import launching
from pdarts_core.kernels.choice import use_kernels
from pdarts_core.search_network import SearchNetwork
from pdarts_core.space.cells import EDGES, KeptOperations

_TYPES = {
    torch.float32: "fp32",
    torch.bfloat16: "bf16",
    torch.int32: "i32",
    torch.int16: "i16",
    torch.int8: "i8",
}
_MOST_STACK = 64
"""Bytes: a few numbers that are put aside cost nothing; many cost more than the arithmetic."""
Signature = tuple[tuple[str, str, Any], ...]
"""Of each argument: its name, its type, and its value or what divides it, as Triton tells them."""


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """A kernel for one set of types and constants."""

    name: str
    constants: Mapping[str, Any]
    registers: int
    stack: int
    """Bytes of a thread, for what registers do not hold."""
    shared: int
    """Bytes of a program's shared memory."""


class Compiler:
    """Takes launches and compiles what they ask for.

    Args:
        capability: of the GPU, such as 90 for 9.0.
    """

    def __init__(self, capability: int) -> None:
        self._capability = capability
        self.compiled: dict[tuple[str, Signature], Compiled] = {}

    def launch(self, name: str, _grid: tuple[int, ...], *arguments: Any, **constants: Any) -> None:
        """Compile a kernel unless it is there; like `launching.launch`."""
        program = launching.program_of(name)
        signature = tuple(_signature(program.params, arguments, constants))
        if (name, signature) not in self.compiled:
            self.compiled[name, signature] = self._compile(name, program, signature, constants)

    def _compile(
        self, name: str, program: Any, signature: Signature, constants: Mapping[str, Any]
    ) -> Compiled:
        backends, compiler = import_module("triton.backends.compiler"), import_module("triton")
        source = compiler.compiler.ASTSource(
            program,
            {argument: kind for argument, kind, _ in signature},
            {(n,): value for n, (_, kind, value) in enumerate(signature) if kind == "constexpr"},
            {
                (n,): [["tt.divisibility", 16]]
                for n, (_, kind, value) in enumerate(signature)
                if kind != "constexpr" and value == 16
            },
        )
        target = backends.GPUTarget("cuda", self._capability, 32)
        made = compiler.compile(source, target=target)
        registers, stack = _resources(made.asm["cubin"])
        return Compiled(
            name=name,
            constants=constants,
            registers=registers,
            stack=stack,
            shared=made.metadata.shared,
        )


def _signature(
    parameters: Sequence[Any], arguments: Sequence[Any], constants: Mapping[str, Any]
) -> Iterator[tuple[str, str, Any]]:
    """Yield what Triton compiles a kernel for: it knows None, 1, and multiples of 16."""
    for parameter, value in zip(parameters, [*arguments, *constants.values()], strict=True):
        name = parameter.name
        if isinstance(value, Tensor):
            is_aligned = not parameter.do_not_specialize_on_alignment
            yield name, f"*{_TYPES[value.dtype]}", 16 if is_aligned else None
        elif parameter.do_not_specialize:
            yield name, "i32", None
        elif name in constants or value is None or value == 1:
            yield name, "constexpr", value
        else:
            yield name, "i32", 16 if value % 16 == 0 else None


def _resources(cubin: bytes) -> tuple[int, int]:
    """Return how many registers and bytes of stack a thread of a compiled kernel has."""
    tools = Path(import_module("triton.backends.nvidia").__file__ or "").parent / "bin"
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(cubin)
        file.flush()
        command = [str(tools / "cuobjdump"), "--dump-resource-usage", file.name]
        shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
    numbers = dict(part.split(":") for part in shown.split() if part.count(":") == 1)
    return int(numbers["REG"]), int(numbers["STACK"])


def compile_step(capability: int, *, autocast: bool) -> list[Compiled]:
    """Compile what a step of the first stage launches, in training of weights and alphas.

    And what is launched where all edges of a cell are skip-connects, which later stages may have.
    """
    compiler = Compiler(capability)
    all_alive = kept_operations(8, 0), kept_operations(8, 1)
    skips = [["skip_connect"] for _ in EDGES]
    with (
        patch.object(launching, "launch", compiler.launch),
        patch.object(launching, "block_of", lambda _tensor, _size, usual: usual),
    ):
        for kept in (all_alive, (skips, skips)):
            _step(*kept, autocast=autocast)
    return list(compiler.compiled.values())


def _step(normal: KeptOperations, reduce: KeptOperations, *, autocast: bool) -> None:
    network = SearchNetwork(
        init_channels=16,
        num_classes=10,
        layers=PRESETS["paper-cifar10"].stages[0].layers,
        kept_normal=normal,
        kept_reduce=reduce,
        dropout_rate=0.3,
    )
    use_kernels(network, wanted=True)
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        logits = network(torch.zeros(16, 3, 32, 32))
    torch.autograd.backward(F.cross_entropy(logits.float(), torch.zeros(16).long()))


def main() -> int:
    """Compile, and print a line for each kernel."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--capability", type=int, default=90, help="of the GPU: 90 is an H200's")
    given = parser.parse_args()
    found = [one for on in (False, True) for one in compile_step(given.capability, autocast=on)]
    for one in found:
        constants = ", ".join(f"{name} {value}" for name, value in one.constants.items())
        print(
            f"{one.name:34s} {one.registers:3d} registers, stack {one.stack:3d},"
            f" shared {one.shared:6d}  {constants}"
        )
    return int(any(one.stack > _MOST_STACK for one in found))


if __name__ == "__main__":
    sys.exit(main())
