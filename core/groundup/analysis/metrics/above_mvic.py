"""Values above what a muscle was taken to do at most: they say that the greatest effort was none."""

from collections.abc import Iterable, Mapping

from groundup.analysis.metrics.measure import MetricRow
from groundup.analysis.metrics.reference_trials import OF_MVIC
from groundup.model.status import OK


def above_the_greatest(rows: Iterable[MetricRow], normalisations: Mapping[str, str]) -> list[str]:
    """A note on each metric in % of MVIC with a value above 100 %: that was no greatest effort."""
    over: dict[str, list[float]] = {}
    for row in rows:
        if row.status == OK and row.unit == "%" and normalisations.get(row.name, "").startswith(OF_MVIC):
            over.setdefault(row.name, []).append(row.value)
    return [
        f"{name} is above 100 % of MVIC in {sum(v > 100.0 for v in values)} of {len(values)} values: "
        "the MVIC trial was no greatest effort"
        for name, values in over.items()
        if max(values) > 100.0
    ]
