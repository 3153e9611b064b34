"""Where a kernel of our own does not work, a stage is computed in PyTorch alone, and says so."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch

from pdarts_core.images.sampling import Halves
from pdarts_core.kernels import launching
from pdarts_core.kernels.choice import UsesKernels, use_kernels
from pdarts_core.kernels.launching import KernelFailed, launch
from pdarts_core.search import run_search
from pdarts_core.space.cells import CellPair, KeptOperations, all_operations
from pdarts_core.stages import stage_training
from pdarts_core.stages.events import KernelsFailed, SearchEvent, StageStarted
from pdarts_core.stages.stage_training import StageTraining
from pdarts_core.training.cuda_graphs import Recordable, taken_back
from tests.support.searches import make_config, make_dataset


@pytest.fixture
def _no_kernel_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "_PROGRAMS", "pdarts_core.kernels.missing")


@pytest.fixture
def _tried_as_on_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try the steps before they are recorded, which a CPU cannot do."""

    def record(steps: Sequence[Recordable], generators: Any, _pool: Any) -> list[Any]:
        for step, indices in steps:
            with taken_back(step, generators):
                step(indices)
        return [step for step, _ in steps]

    def record_forward(forward: Callable[..., Any], *_: Any, **__: Any) -> Callable[..., Any]:
        return forward

    monkeypatch.setattr(stage_training, "record", record)
    monkeypatch.setattr(stage_training, "record_forward", record_forward)
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", lambda: None)


ALL = CellPair(normal=all_operations(), reduce=all_operations())


def make_stage(kept: CellPair[KeptOperations] = ALL) -> StageTraining:
    order = torch.arange(24)
    return StageTraining(make_config(), 0, kept, make_dataset(), Halves(order[:12], order[12:]))


def states_of(stage: StageTraining) -> list[torch.Tensor]:
    state = stage.state()
    sums = [half.sums for half in (state.weights, state.alphas)]
    generators = state.generators.values()
    return [*state.network.values(), *sums, *generators]


@pytest.mark.usefixtures("_no_kernel_works")
def test_a_kernel_that_cannot_be_launched_is_named() -> None:
    with pytest.raises(KernelFailed, match=r"pixel_affine\.affine: ModuleNotFoundError"):
        launch("pixel_affine.affine", (1,), torch.zeros(1))


@pytest.mark.usefixtures("_no_kernel_works", "_tried_as_on_cuda")
def test_a_stage_goes_on_in_pytorch_as_if_nothing_had_been_tried() -> None:
    stage = make_stage()
    use_kernels(stage.network, wanted=True)
    before = states_of(stage)

    stage._record_if_possible()

    assert stage.kernels_failed is not None
    assert stage.kernels_failed.startswith("depthwise_fan.run_fan: ")
    assert stage.not_recorded is None
    parts = [module for module in stage.network.modules() if isinstance(module, UsesKernels)]
    assert not any(part.uses_kernels for part in parts)
    assert all(map(torch.equal, states_of(stage), before))


@pytest.mark.usefixtures("_tried_as_on_cuda")
def test_memory_that_runs_out_in_a_kernel_is_no_reason_to_do_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def out_of_memory(*_: Any, **__: Any) -> None:
        raise KernelFailed("skip_sum: RuntimeError: Triton Error [CUDA]: out of memory")

    monkeypatch.setattr(launching, "launch", out_of_memory)
    stage = make_stage()
    use_kernels(stage.network, wanted=True)
    with pytest.raises(KernelFailed):
        stage._record_if_possible()


def test_a_search_tells_it_once_its_stage_has_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    def prepare(stage: StageTraining) -> None:
        stage.kernels_failed = "no compiler"

    monkeypatch.setattr(StageTraining, "prepare", prepare)
    run = run_search(make_config(), make_dataset(), device="cpu")
    first: list[SearchEvent] = [next(run), next(run)]
    assert isinstance(first[0], StageStarted)
    assert first[1] == KernelsFailed(stage=1, reason="no compiler")
