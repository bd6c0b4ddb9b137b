"""Metrics of the page on named needs, on real walks with markers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.docs_runner import blocks
from tests.plugins.real_files import of_c3d

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.pipeline import run_pipeline
from groundup.model.status import OK
from groundup.plugin import Channel, Event, Metric, Signal, Stride, Subject
from groundup.plugin.manager import plugins

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "ask-for-any-signal.md"


@pytest.fixture(scope="module")
def page() -> dict[str, Metric]:
    """The metrics on the page, as a reader would copy them."""
    (block,) = [b for b in blocks(PAGE) if b.kind == "python"]
    names: dict[str, Any] = {}
    exec(compile(block.text, str(PAGE), "exec"), names)
    return {found.name: found for found in names["groundup_metrics"]()}


@pytest.mark.parametrize("name", ["HC030A05", "HC031A06"])
def test_step_width_by_heels_is_that_of_the_step_itself(shared: Path, page: dict[str, Metric], name: str) -> None:
    signals, events, person = of_c3d(shared / "walk_overground_c3d" / f"{name}.c3d")
    installed = plugins()
    processors = [loaded.item for loaded in installed.processors.values()]
    metrics = [page["heel_step_width"], page["knee_range"], installed.metrics["step_width"].item]
    result = run_pipeline(signals, events, person, processors, metrics)
    by_name: dict[str, dict[float, MetricRow]] = {m.name: {} for m in metrics}
    for row in result.rows:
        by_name[row.name][row.t0] = row
    ours = {t: row for t, row in by_name["heel_step_width"].items() if row.status == OK}
    theirs = {t: row for t, row in by_name["step_width"].items() if row.status == OK}
    both = sorted(ours.keys() & theirs.keys())
    assert both, [row.reason for rows in by_name.values() for row in rows.values()]
    for time in both:
        assert 0.0 <= ours[time].value < 0.35
        assert ours[time].value == pytest.approx(abs(theirs[time].value), abs=0.03)
    reasons = {row.reason for row in by_name["knee_range"].values()}
    assert reasons == {'no stream of the type "Goniometer" was recorded'} or not reasons


def test_belt_bursts_and_knee_are_measured_of_what_was_made(page: dict[str, Metric]) -> None:
    time = np.arange(0.0, 10.0, 0.01)
    belt = Signal("mill.belts", "treadmill", time, (1.2 + 0.1 * np.sin(2 * np.pi * time))[:, None],
                  (Channel("v", "m/s"),), 100.0, attrs={"stream_type": "Treadmill"})  # fmt: skip
    angles = np.stack([30 * np.sin(2 * np.pi * time), 20 * np.sin(2 * np.pi * time)], axis=1)
    knee = Signal("gonio", "other", time, angles, (Channel("l", "deg", "", "L"), Channel("r", "deg", "", "R")), 100.0,
                  attrs={"stream_type": "Goniometer"})  # fmt: skip
    contacts = [Event(1.0 + 0.5 * k, "IC", "LR"[k % 2]) for k in range(16)]  # type: ignore[arg-type]
    bursts = [Event(1.2 + 1.0 * k, "burst", "L", "soleus") for k in range(8)]
    metrics = [page["belt_speed_spread"], page["knee_range"], page["soleus_bursts"]]
    result = run_pipeline([belt, knee], [*contacts, *bursts], Subject(), [], metrics)
    values: dict[tuple[str, str], list[float]] = {}
    for row in result.rows:
        assert row.status == OK, row
        values.setdefault((row.name, row.side), []).append(row.value)
    assert len(result.strides) >= 10
    np.testing.assert_allclose(values["belt_speed_spread", "L"], 0.2, rtol=0.01)
    np.testing.assert_allclose(values["knee_range", "L"], 60.0, rtol=0.01)
    np.testing.assert_allclose(values["knee_range", "R"], 40.0, rtol=0.01)
    assert set(values["soleus_bursts", "L"]) == {1.0}
    assert set(values["soleus_bursts", "R"]) == {0.0}
    assert {type(stride) for stride in result.strides} == {Stride}
