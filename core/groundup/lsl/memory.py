"""How much memory a stream may take: bounded in bytes, whatever its announcement says.

liblsl sizes its queue by the announced rate: one outlet that announces 1e9 Hz took a recorder to 9.8 GB
(``docs/decisions/implausible-announcements.md``).
"""

from groundup.model.streams import DTYPES, StreamSpec

_QUEUE_BYTES = 64 << 20
"""What may wait in liblsl's queue of one stream, in front of a stalled disk, say."""
_PULL_BYTES = 4 << 20
_SAMPLE_BYTES = 128  # what liblsl keeps of each sample beside its values: its header, its place in the queue
_IRREGULAR_HZ = 1000.0  # room for so many samples a second of a stream without a rate
_LEAST = 16
_TEXT_BYTES = 32
_VALUE_BYTES = {name: int(dtype[2:]) for name, dtype in DTYPES.items()}


def value_bytes(spec: StreamSpec) -> int:
    """Bytes of one sample's values, of text without the text itself."""
    return len(spec.channels) * _VALUE_BYTES.get(spec.format, _TEXT_BYTES)


def queue_samples(spec: StreamSpec, seconds: float) -> int:
    """How many samples liblsl queues: those of so many seconds, within the bound.

    Parameters
    ----------
    spec : StreamSpec
    seconds : float
    """
    most = _QUEUE_BYTES // (value_bytes(spec) + _SAMPLE_BYTES)
    return max(_LEAST, min(int(seconds * (max(spec.rate, 1.0) if spec.rate > 0 else _IRREGULAR_HZ)), most))


def pull_samples(spec: StreamSpec, seconds: float, least: int = 256) -> int:
    """How many samples one pull takes: those of so many seconds, within the bound.

    Parameters
    ----------
    spec : StreamSpec
    seconds : float
    least : int
        Of a slow stream.
    """
    most = _PULL_BYTES // max(value_bytes(spec), 1)
    return max(_LEAST, min(max(least, int(seconds * spec.rate)), most))
