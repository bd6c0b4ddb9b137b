"""One sentence of a report on how the contacts with plates were weighed, and by what."""

from collections.abc import Sequence

from groundup.analysis.gait.contact_evidence import UNWEIGHED
from groundup.analysis.gait.strides import MIN_CONFIDENCE
from groundup.model.events import Event

_OTHER_EVIDENCE = {
    "markers": "the markers of the feet",
    "file": "the events of the file",
    "sensors": "the sensors on the feet",
    "load": "the load over a gait cycle",
}


def contact_words(events: Sequence[Event]) -> str:
    """How many contacts are doubted, and what they were held against; empty where none was weighed."""
    weighed = [event for event in events if event.kind == "IC" and event.evidence not in ("", UNWEIGHED)]
    if not weighed:
        return ""
    uncertain = sum(event.confidence < MIN_CONFIDENCE for event in weighed)
    counts = {word: sum(word in event.evidence.split() for event in weighed) for word in _OTHER_EVIDENCE}
    against = [f"{what} ({counts[word]})" for word, what in _OTHER_EVIDENCE.items() if counts[word]]
    found = f"{uncertain} of {len(weighed)} contacts with plates are in doubt"
    sure = [event for event in weighed if event.confidence >= MIN_CONFIDENCE]
    blind = sum(not {"markers", "footing"} & set(event.evidence.split()) for event in sure)
    without_others = (
        f" Where on its plate the foot stood is not known of {blind}, and a part of it may be beside." if blind else ""
    )
    if not against:
        return (
            f"{found}, by the plates alone: no evidence beside them was at hand (markers, events of the file, sensors "
            f"on the feet, the weight).{without_others}"
        )
    return f"{found}. They were held against {', '.join(against)}, and against each other.{without_others}"
