"""Every purpose has its own generator."""

import torch

from pdarts_core.stages.generators import StageGenerators, make_generator

CPU = torch.device("cpu")


def first_number(generator: torch.Generator) -> float:
    return torch.rand((), generator=generator).item()


def test_a_generator_follows_from_seed_and_purpose() -> None:
    assert first_number(make_generator(1, "a")) == first_number(make_generator(1, "a"))
    numbers = {
        first_number(make_generator(*purpose))
        for purpose in ((1, "a"), (2, "a"), (1, "b"), (1, "a", 1), (1, 1))
    }
    assert len(numbers) == 5


def test_the_generators_of_all_stages_differ() -> None:
    made = [StageGenerators.of(2, stage, CPU) for stage in range(3)]
    numbers = {first_number(g) for stage in made for g in vars(stage).values()}
    assert len(numbers) == 15


def test_states_are_copies_from_which_the_same_numbers_follow() -> None:
    generators = StageGenerators.of(2, 0, CPU)
    first_number(generators.dropout)
    states = generators.states()
    expected = [first_number(g) for g in vars(generators).values()]
    other = StageGenerators.of(3, 1, CPU)
    other.restore(states)
    assert [first_number(g) for g in vars(other).values()] == expected
