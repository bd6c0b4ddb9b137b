"""Published mean shares of ankle, knee and hip in the work of a leg, of `groundup_plugins.metrics.joint_work`."""

from collections.abc import Iterable

from groundup.plugin import Norm, hookimpl
from groundup_plugins.norms.tables import norms_of_intervals

TABLE = "montgomery2018_joint_work.csv"


@hookimpl
def groundup_norms() -> Iterable[Norm]:
    """Return the means of 20 adults; how much these differ was not published with them."""
    return norms_of_intervals(TABLE)
