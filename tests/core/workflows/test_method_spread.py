"""`analyze --spread`: a value by each published choice, equal to an analysis by it; nothing else is run."""

import json
import math
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner
from tests.conftest import Once
from tests.virtual_walk import before

import groundup
from groundup.analysis.pipeline import ProcessStep
from groundup.analysis.product_memory import ProductMemory
from groundup.analysis.profile.method_spread import ByMethod, method_spread
from groundup.analysis.profile.norms import Compared
from groundup.analysis.profile.spread import Spread
from groundup.cli import main
from groundup.plugin.manager import plugins
from groundup.plugin.published_choices import PublishedChoice, installed_choices
from groundup.recording import Recording
from groundup.workflows.computing import Computing

METRICS = ("stance_time", "cocontraction_rudolph")


def test_every_choice_has_a_source_and_is_of_a_key_that_there_is() -> None:
    installed = plugins().processors
    for choice in installed_choices():
        assert all(value.source for value in choice.values)
        if choice.processor:
            fields = installed[choice.processor].item.settings_type.__struct_fields__
            assert choice.key in fields
    assert {choice.processor for choice in installed_choices()} >= {"contacts", "emg_envelope", "inverse_dynamics"}


def test_a_choice_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="a processor and a key"):
        PublishedChoice(name="x", values=())


@pytest.fixture(scope="module")
def spread(once: Once, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, object]]]:
    """A walk with the spread of two metrics stored in it, and what was printed."""
    walk = Path(shutil.copy(before(once), tmp_path_factory.mktemp("spread") / "walk.h5"))
    named = [part for name in METRICS for part in ("--metric", name)]
    result = CliRunner().invoke(main, ["analyze", str(walk), "--spread", "--json", *named])
    assert result.exit_code == 0, result.output
    return walk, {one["metric"]: one for one in json.loads(result.stdout)["method_spread"]}


def test_a_value_by_a_choice_is_that_of_an_analysis_by_it(spread: tuple[Path, dict[str, dict]]) -> None:
    walk, found = spread
    installed = plugins()
    with Recording(walk) as recording:
        rows = (
            Computing(recording, installed)
            .run(
                [installed.metrics[name].item for name in METRICS],
                [ProcessStep("emg_envelope", "emg", parameters={"envelope_hz": 20.0})],
            )
            .rows
        )
    values = [row.value for row in rows if row.name == "cocontraction_rudolph" and row.status == "ok"]
    by = {one["choice"]: one for one in found["cocontraction_rudolph"]["by"]}
    assert by["EMG envelope 20 Hz"]["median"] == np.median(values)
    assert by["EMG envelope 20 Hz"]["values"] == len(values)


def test_what_does_not_stand_on_a_choice_is_not_computed_by_it(spread: tuple[Path, dict[str, dict]]) -> None:
    _, found = spread
    assert all("EMG" not in one["choice"] for one in found["stance_time"]["by"])
    assert any("contact" in one["choice"] for one in found["stance_time"]["by"])


def test_a_higher_threshold_shortens_the_stance(spread: tuple[Path, dict[str, dict]]) -> None:
    _, found = spread
    by = {one["choice"]: one["median"] for one in found["stance_time"]["by"]}
    # The lab's own choice for a belt, 50 N, changes nothing and is not among them.
    assert by["contact threshold 10 N"] > by["contact threshold 25 N"] > found["stance_time"]["median"]


def test_the_recording_holds_it_and_the_profile_says_it(spread: tuple[Path, dict[str, dict]]) -> None:
    walk, found = spread
    with groundup.open(walk) as recording:
        assert recording.metrics["stance_time"].attrs["method_spread"] == found["stance_time"]
        entries = {entry.metric: entry for axis in groundup.profile(recording) for entry in axis.entries}
    stored = entries["cocontraction_rudolph"].method_spread
    assert stored is not None
    assert stored.stored() == {**found["cocontraction_rudolph"], "exceeds": tuple(stored.exceeds)}


BY = [ByMethod("threshold 10 N", "somebody", 1.2, 8), ByMethod("threshold 50 N", "another", 0.9, 8)]


def test_it_is_held_against_sides_and_norm_and_says_which_it_exceeds() -> None:
    norm = Compared("people, n = 20", low=0.5, high=1.1, value=1.0)
    assert method_spread("m", "s", 1.0, BY, Spread(difference=0.2), [norm]).exceeds == (
        "right less left",
        "distance to the norm",
    )
    assert method_spread("m", "s", 1.0, BY, Spread(difference=-0.5), [norm]).exceeds == ("distance to the norm",)
    assert method_spread("m", "s", 1.0, BY, Spread(), ()).exceeds == ()
    far = Compared("people, n = 20", low=2.0, high=3.0, value=1.0)
    assert method_spread("m", "s", 1.0, BY, Spread(), [far]).exceeds == ()


def test_a_choice_without_a_value_moves_nothing_and_what_goes_round_goes_the_short_way() -> None:
    none = ByMethod("threshold 50 N", "another", math.nan, 0)
    assert method_spread("m", "1", 1.0, [none], Spread(), ()).low == 1.0
    by = [ByMethod("threshold 10 N", "somebody", 0.02, 8)]
    found = method_spread("m", "1", 0.98, by, Spread(), (), period=1.0)
    assert (found.low, found.high) == pytest.approx((0.98, 1.02))


def test_the_same_samples_and_settings_are_run_once() -> None:
    memory, runs = ProductMemory(), []
    contacts = plugins().processors["contacts"].item
    processor, other = (contacts(contacts.settings_type(threshold_n=force)) for force in (20.0, 10.0))
    signal = SimpleNamespace(id="plate.grf", samples=np.zeros((3, 1)))
    moved = SimpleNamespace(id="plate.grf", samples=np.zeros((3, 1)))
    for one, of in ((processor, signal), (processor, signal), (other, signal), (processor, moved)):
        memory.recall(one, of, None, lambda: runs.append(1))
    assert len(runs) == memory.runs == 3
