"""What a terminal says about a search's signal."""

from cli.client import Accuracy, Signal
from cli.client.models import ClassAccuracy
from cli.findings import accuracy_lines, short_accuracy, signal_lines


def told(verdict: str) -> str:
    signal = Signal(verdict=verdict, decided=0, undecided=9, reason="Because\x1b[2J of this.")
    return "\n".join(signal_lines(signal))


def test_where_nothing_was_found_it_says_so_and_what_may_help() -> None:
    assert told("none") == (
        "Signal none: nothing was found that stands out from chance.\n"
        "Because\\x1b[2J of this.\n"
        "The genotype is no better supported than one drawn at random. What may help: more epochs,"
        " a higher arch_learning_rate, more images."
    )


def test_where_little_was_found_it_asks_for_another_seed() -> None:
    assert told("weak").endswith("run the search again with another seed.")


def test_where_choices_were_steady_it_does_not_call_them_the_best() -> None:
    assert told("clear").endswith("evaluate it beside another seed's.")


def test_a_verdict_of_a_newer_service_gives_its_reason() -> None:
    first, reason = told("overwhelming").split("\n")
    assert first.startswith("Signal overwhelming")
    assert reason.startswith("Because")


def test_without_a_signal_nothing_is_said() -> None:
    assert signal_lines(None) == []


FEW = Accuracy(
    value=0.7, images=10, low=0.397, high=0.892, chance=0.5, balanced=0.7, stage=3, epoch=4
)


def test_an_accuracy_on_few_images_does_not_look_good() -> None:
    (line,) = accuracy_lines(FEW)
    assert line == (
        "70.0% on the second half (the images that train the alphas, not the weights), after"
        " stage 3: 10 images, 95% interval 40% to 89%, chance 50.0%"
    )
    assert short_accuracy(FEW) == "70.0% (40% to 89%)"


def test_classes_of_different_size_are_told_one_by_one() -> None:
    classes = [ClassAccuracy(label=0, images=8, hits=7), ClassAccuracy(label=1, images=2, hits=0)]
    _, balanced, each = accuracy_lines(FEW.model_copy(update={"classes": classes}))
    assert balanced == "mean over the classes, which differ in size: 70.0%"
    assert each == "right in each class: 0: 7 of 8, 1: 0 of 2"


def test_an_accuracy_of_an_older_service_has_no_interval() -> None:
    old = Accuracy(value=0.7, stage=1, epoch=5)
    assert accuracy_lines(old)[0].startswith("70.0% on the second half")
    assert (short_accuracy(old), short_accuracy(None), accuracy_lines(None)) == ("70.0%", "", [])
