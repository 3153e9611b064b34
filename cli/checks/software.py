"""Python, PyTorch and GPUs. PyTorch is asked in a process of its own: nothing here loads it."""

import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass, field
from functools import cache

from cli.checks.finding import Finding, fail, ok, warn
from cli.gpus import visible_gpus
from store.settings import Settings

_OLDEST = (3, 11)
_TORCH_SECONDS = 120
_ASK_TORCH = """
import json, torch, torchvision
from torchvision.ops import nms  # fails where the two do not belong together
names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
print(json.dumps({"torch": torch.__version__, "torchvision": torchvision.__version__,
                  "cuda": torch.version.cuda, "devices": names}))
"""
_INSTALL = "make install, or: uv pip install 'torch==2.13.*' 'torchvision==0.28.*'"


@dataclass(frozen=True, kw_only=True)
class Torch:
    """What PyTorch says about itself."""

    torch: str = ""
    torchvision: str = ""
    cuda: str | None = None
    devices: list[str] = field(default_factory=list)
    error: str = ""


def check_python(_: Settings) -> Finding:
    """Check the interpreter."""
    told = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info < _OLDEST:
        return fail("Python", told, "install Python 3.11 or newer: make PYTHON=/path/to/python")
    return ok("Python", told)


def check_torch(_: Settings) -> Finding:
    """Check whether torch and torchvision can be loaded together."""
    found = ask_torch()
    if found.error:
        return fail("PyTorch", found.error, _INSTALL)
    return ok("PyTorch", f"torch {found.torch} with torchvision {found.torchvision}")


def check_gpus(_: Settings) -> Finding:
    """Check the GPUs that workers would get."""
    found, gpus = ask_torch(), visible_gpus(os.environ)
    if found.devices:
        return ok("GPUs", ", ".join(found.devices))
    if not gpus:
        return warn("GPUs", "none: searches run on the CPU", "fine for small searches")
    if found.cuda is None:
        return fail("GPUs", f"{len(gpus)}, but PyTorch was built without CUDA", _INSTALL)
    return fail("GPUs", f"{len(gpus)}, but PyTorch finds none", "update the NVIDIA driver")


def check_compiler(_: Settings) -> Finding:
    """Check whether Triton could build what starts its kernels: it asks a C compiler to."""
    if not visible_gpus(os.environ):
        return ok("C compiler", "not needed without a GPU")
    found = (shutil.which(name) for name in (os.environ.get("CC", ""), "gcc", "clang") if name)
    compiler = next(filter(None, found), None)
    remedy = "apt-get install gcc libc6-dev python3-dev, or the equivalent"
    if compiler is None:
        return warn("C compiler", "none: searches on GPUs do without our own kernels", remedy)
    command = [compiler, "-fsyntax-only", "-I", sysconfig.get_path("include"), "-x", "c", "-"]
    done = subprocess.run(  # noqa: S603  a compiler that the user has
        command, input="#include <Python.h>\n", capture_output=True, text=True, check=False
    )
    if done.returncode:
        wrong = (done.stderr.strip().splitlines() or ["it fails"])[0]
        return warn("C compiler", f"{compiler} cannot build for Python: {wrong}", remedy)
    return ok("C compiler", compiler)


@cache
def ask_torch() -> Torch:
    """Ask PyTorch in a process of its own."""
    command = [sys.executable, "-P", "-c", _ASK_TORCH]
    try:
        done = subprocess.run(  # noqa: S603  our own words
            command, capture_output=True, text=True, timeout=_TORCH_SECONDS, check=True
        )
        return Torch(**json.loads(done.stdout))
    except subprocess.CalledProcessError as error:
        return Torch(error=(error.stderr.strip().splitlines() or ["it cannot be loaded"])[-1])
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return Torch(error=f"it cannot be checked: {error}")
