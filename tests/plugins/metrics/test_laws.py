"""The laws that every installed metric keeps, on a walker of the virtual lab and on somebody who rises and stands."""

import numpy as np
import pytest
from jumpers import countermovement, drops
from people import MASS_KG, plate, rising, walking

from groundup.plugin import Trial
from groundup.plugin.manager import plugins
from groundup.testing import Measured, MetricContract, Person, riser
from groundup.testing.people import joint_model
from groundup_plugins.devices.virtual_lab.forces import BELT_SPEED
from groundup_plugins.devices.virtual_lab.trials import CYCLE_S

pytestmark = pytest.mark.rig

INSTALLED = plugins()
MUSCLES = (None, "gluteus_maximus", "sartorius")
"""Of metrics that there are for each muscle, by one function: of one that is recorded, and of one that is not."""
METRICS = {
    name: loaded.item
    for name, loaded in INSTALLED.metrics.items()
    if loaded.origin.distribution == "groundup" and loaded.item.parameters.get("muscle") in MUSCLES
}
TRIALS = (
    Trial(5002.5, 5004.0, "sitting", "rest"),
    Trial(5004.5, 5008.5, "all muscles", "mvic"),
    Trial(5009.5, 5024.0, "walk", "reference"),
)
BEGINS = [1.0 + 4.0 * n for n in range(9)]
AGAIN_AND_AGAIN = MASS_KG * 9.80665 * rising(BEGINS, [t + 3.6 for t in BEGINS], 38.0, 100.0)
JUMPS = np.concatenate([countermovement(2.5).values, drops(2.4, [2.2], 0.25).values])
STANDS = np.random.default_rng(5).normal(0, 0.003, (4200, 2)).cumsum(axis=0) * 0.05
PEOPLE = [
    Person("walking", (*walking(5002.0, 22.4, CYCLE_S), joint_model(5002.0, 22.4)), TRIALS, belt_m_s=BELT_SPEED),
    riser(),
    Person("jumping", (plate("floor", JUMPS, 1000.0),), (Trial(0.0, 6.0, "jump"), Trial(5.8, 10.0, "drop jump"))),
    Person(
        "standing",
        (plate("floor", np.full(len(STANDS), MASS_KG * 9.80665), 100.0, sway_m=STANDS),),
        (Trial(1.0, 20.0, "eyes open"), Trial(21.0, 41.0, "eyes closed")),
    ),
    Person("chair stands", (plate("feet", AGAIN_AND_AGAIN, 100.0),), (Trial(0.5, 32.5, "thirty seconds"),)),
]
# One analysis of all metrics for each change, whichever law asks first.
MEASURED = Measured(list(METRICS.values()), PEOPLE)
VALUES = "test_it_has_a_value_on_somebody"


# Law by law, so that of several workers each analyses other changes.
@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("law", [law for law in MetricContract.laws() if law != VALUES])
def test_every_metric_in_the_box_keeps(law: str, name: str) -> None:
    body = {"metric": METRICS[name], "measured": classmethod(lambda cls: MEASURED)}
    getattr(type(name, (MetricContract,), body)(), law)()


def test_every_metric_has_a_value_on_these_people_or_is_named_here() -> None:
    """What a treadmill walker and a riser cannot show: else the laws would hold of nothing."""
    rows = {name: [row for who in PEOPLE for row in MEASURED.rows(name, who)] for name in METRICS}
    silent = {name for name, found in rows.items() if not any(row.status == "ok" for row in found)}
    needs_another_person = {
        "activation_cost",  # of unknown speed
        "stride_length",
        "walking_speed",
        "harmonic_ratio_ap",  # whose pelvis sensor does not lie flat
        "harmonic_ratio_ml",
        "shock_attenuation",  # whose sensors' bandwidth is known
        "stride_time_scaling",  # who walks for minutes
        "intermuscular_coherence",  # of muscles that share no drive
        "loading_rate_average",  # with an impact peak
        "loading_rate_peak",
        "vertical_stiffness",  # who runs
        "flight_time",
        "leg_stiffness",
        "step_length",  # overground
        "walk_ratio",
        "margin_of_stability_ml",  # with markers
        "roll_over_radius",
        "roll_over_arc_length",
        "cop_velocity",
        "trailing_limb_angle",
        "sway_path_60s",  # who stands for a minute
        "sway_velocity_60s",
        "sway_area_60s",
        "sway_mean_frequency_60s",
    }
    worn = {channel.site for signal in walking() for channel in signal.channels}
    needs_another_person |= {name for name, m in METRICS.items() if {m.parameters.get("muscle")} - {None} - worn}
    assert silent <= needs_another_person
