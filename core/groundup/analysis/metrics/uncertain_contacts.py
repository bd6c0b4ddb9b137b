"""What is said of contacts that are doubted: a row without a value for each metric of a stance, and one note."""

from collections.abc import Iterator, Sequence

from groundup.analysis.gait.contact_evidence import WeighedContacts
from groundup.analysis.gait.strides import trial_at
from groundup.analysis.metrics.measure import MetricRow, refused
from groundup.model.events import Event, Stance, Trial
from groundup.model.reasons import Reason, usual_reason
from groundup.plugin.metric import Metric


def refused_stances(
    metrics: Sequence[Metric], uncertain: Sequence[WeighedContacts], trials: Sequence[Trial]
) -> list[MetricRow]:
    """A row for each metric of a stance and each doubted contact: not computable, and why.

    Parameters
    ----------
    metrics : sequence of Metric
    uncertain : sequence of WeighedContacts
    trials : sequence of Trial
    """
    of_stances = [metric for metric in metrics if Stance in metric.scopes]
    return [
        refused(metric, stance, stance.side, why)
        for stance, why in refused_contacts(uncertain, trials)
        for metric in of_stances
    ]


def refused_contacts(uncertain: Sequence[WeighedContacts], trials: Sequence[Trial]) -> list[tuple[Stance, str]]:
    """The stances that doubted contacts would have been, and why they are none."""
    return [
        (
            Stance(one.t0, one.t1, one.side, one.source, trial=trial_at(trials, one.t0, one.t1)),
            f"the contact is in doubt: {one.why}",
        )
        for one in uncertain
    ]


def noted(uncertain: Sequence[WeighedContacts], events: Sequence[Event]) -> Iterator[str]:
    """One line on all of them; none where no contact is doubted."""
    if not uncertain:
        return
    count = sum(event.kind == "IC" and event.evidence != "" for event in events)
    usual = usual_reason(Reason(one.why) for one in uncertain)
    yield (
        f"{len(uncertain)} of {count} contacts with plates are in doubt, and no metric uses them; most often, "
        f"{usual.text}"
    )
