"""Which signals are those that a metric asks for by a name: a processor's, or a stream by its type or key."""

from groundup.model.signals import STREAM_TYPE, Signal
from groundup.plugin.need import Need
from groundup.plugin.stage import SignalForm

_CAUSAL = ".causal"


def asks_for(need: Need, item: Signal | SignalForm) -> bool:
    """Whether a need of a named signal or stream is for this one."""
    if need.what == "signal":
        name = item.id.removesuffix(_CAUSAL)
        return bool(item.inputs) and (need.name in (item.kind, name) or name.endswith(f".{need.name}"))
    if need.what == "stream" and not item.inputs:
        kind = str(item.attrs.get(STREAM_TYPE, ""))
        return item.id == need.key if need.key else kind.lower() == need.name.lower()
    return False


def of_one_leg(need: Need) -> bool:
    """Whether a named need of a whole trial is measured of each leg: what is asked for by a site."""
    return bool(need.sites) and need.what in ("marker", "signal", "events")
