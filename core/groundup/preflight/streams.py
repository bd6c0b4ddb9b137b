"""What every stream must have: it is there, at its rate, without losses, on a clock that is known."""

import math
from collections.abc import Iterator, Mapping, Sequence

from groundup.clock import sync_words
from groundup.lab.tables import Lab
from groundup.model.clock_limits import CURE
from groundup.model.ledger import LedgerRow
from groundup.plugin.check import Finding, Level
from groundup.recording import Stream
from groundup.recording.info import lost_samples

_RATE_GREEN, _RATE_AMBER = 0.002, 0.01
_SYNC_GREEN_MS, _SYNC_AMBER_MS = 1.0, 5.0
_LOST_AMBER = 0.001


def judge_stream(stream: Stream) -> Iterator[Finding]:
    """Presence, rate, losses and clock of a stream that was recorded."""
    spec = stream.spec
    if len(stream) == 0:
        if spec.rate > 0:
            yield Finding(
                "red", "samples", "it is on the network and sends nothing", "start the measurement in its program"
            )
        else:
            yield Finding("green", "present", "on the network; nothing was said, as markers often do")
        return
    yield from _sites(stream)
    if spec.rate > 0:
        yield _rate(stream)
        yield _losses(stream)
    yield _clock(stream)


def judge_absent(
    streams: Mapping[str, Stream], ledger: Sequence[LedgerRow], lab: Lab | None
) -> dict[str, list[Finding]]:
    """Streams and devices that should be there and are not, and what the recorder said of each."""
    found: dict[str, list[Finding]] = {}
    for row in ledger:
        if row.kind in ("missing", "device") and row.severity == "fault" and row.stream not in streams:
            name = row.stream or "lab"
            remedy = "is it switched on, its program running, and in the same LSL session? See: groundup streams"
            found.setdefault(name, []).append(Finding("red", "present", row.message, remedy))
    for id_, table in lab.streams.items() if lab is not None else ():
        if id_ not in streams and id_ not in found:
            remedy = "is it switched on, and its program running?"
            level: Level = "red" if table.required else "amber"
            words = "is not there" if table.required else "is not there, and is not required"
            found[id_] = [Finding(level, "present", words, remedy)]
    return found


def _sites(stream: Stream) -> Iterator[Finding]:
    for message in stream.ledger.query("kind == 'site'")["message"]:
        remedy = "lab.toml may say another, under the stream's channels; better its driver does"
        yield Finding("red", "site", str(message).partition(": ")[2], remedy)


def _rate(stream: Stream) -> Finding:
    nominal, rate = stream.spec.rate, stream.rate
    off = abs(rate / nominal - 1.0) if math.isfinite(rate) else math.inf
    message = f"{rate:.7g} Hz, {nominal:g} Hz announced"
    # Seconds of packets tell the rate only as well as one packet in all of them.
    if off <= max(_RATE_GREEN, 2.0 / max(len(stream), 1)):
        return Finding("green", "rate", message)
    remedy = "check the sampling rate in the device's own program"
    return Finding("amber" if off <= _RATE_AMBER else "red", "rate", message, remedy)


def _losses(stream: Stream) -> Finding:
    lost = lost_samples(stream)
    if lost is None:
        return Finding("amber", "losses", "not known: its stamps are of no clock")
    if lost == 0:
        return Finding("green", "losses", f"none of {len(stream)} samples")
    share = lost / (lost + len(stream))
    remedy = "move the receiver closer, free the radio channel, use a cable, or take load off this computer"
    return Finding("amber" if share <= _LOST_AMBER else "red", "losses", f"{lost} samples ({share:.2%})", remedy)


def _clock(stream: Stream) -> Finding:
    bound = stream.certificate.bound_ms
    wrong = stream.ledger
    for row in wrong[(wrong["severity"] == "fault") & wrong["kind"].isin(["clock", "stamps"])].itertuples():
        return Finding("red", "clock", str(row.message), f"in the program that sends it: {CURE}")
    if not math.isfinite(bound):
        remedy = "a longer check measures the clock more often; else the device's program does not answer LSL's probes"
        return Finding("amber", "clock", f"not known: {stream.certificate.reason}", remedy)
    message = sync_words(bound)
    if bound <= _SYNC_GREEN_MS:
        return Finding("green", "clock", message)
    remedy = "use a cable instead of the radio network between the computers"
    return Finding("amber" if bound <= _SYNC_AMBER_MS else "red", "clock", message, remedy)
