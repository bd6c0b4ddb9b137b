"""What a lab's own channel label probably means: proposed to a person who checks it, never believed.

``RTA``, ``TA_R``, ``right tibialis ant`` and ``EMG3.Tibialis Anterior (R)`` all propose the right tibialis anterior.
``GM`` is short for three muscles, and proposes all three.
"""

import re
from dataclasses import dataclass

from groundup.model.anatomy import MUSCLES, SEGMENT_LABELS, SEGMENT_RANK, Side


@dataclass(frozen=True)
class Proposal:
    """What a label may mean.

    Attributes
    ----------
    sites : tuple of str
        None: the label says nothing; more than one: a person must choose.
    side : {"L", "R", ""}
    exact : bool
        Whether the label is the site's own name, so that there is nothing to check but the side.
    """

    sites: tuple[str, ...] = ()
    side: Side = ""
    exact: bool = False


# Words that stand beside a site and say nothing about it.
_NOISE = frozenset(
    word
    for words in (
        "emg ch chan channel raw sensor imu acc accel accelerometer gyr gyro gyroscope mag x y z v uv mv signal analog",
        "env envelope muscle ai a the m musculus electrode node ax ay az gx gy gz mx my mz",
    )
    for word in words.split()
)
_SIDES: dict[str, Side] = {
    **dict.fromkeys(("l", "left", "lft", "lt"), "L"),
    **dict.fromkeys(("r", "right", "rt", "rgt"), "R"),
}


def _meanings() -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    labels = {name: muscle.labels for name, muscle in MUSCLES.items()} | SEGMENT_LABELS
    for site, words in labels.items():
        for word in dict.fromkeys([site.replace("_", ""), *words.split()]):
            table.setdefault(word, []).append(site)
    return {word: tuple(sites) for word, sites in table.items()}


_MEANINGS = _meanings()


def propose(label: str, kind: str = "") -> Proposal:
    """What a channel label may mean.

    Parameters
    ----------
    label : str
        As the device or the lab has it.
    kind : {"emg", "imu", ""}
        What the channel carries: EMG comes from muscles, an IMU sits on a segment.

    Returns
    -------
    Proposal
        Without a site when the label says nothing.
    """
    words = [word for word in _words(label) if word not in _NOISE and not word.isdigit()]
    readings = _readings(words)
    # As a whole first; else what stands at its end or its beginning, beside the name of a device, say.
    parts = list(readings)
    parts += [(rest[n:], side) for n in range(1, len(words)) for rest, side in readings]
    parts += [(rest[:-n], side) for n in range(1, len(words)) for rest, side in readings]
    for rest, side in parts:
        sites = tuple(site for site in _MEANINGS.get("".join(rest), ()) if _fits(site, kind))
        if sites:
            return Proposal(sites, side, exact="_".join(rest) == sites[0] and len(sites) == 1)
    return Proposal()


def guessed_site(label: str, kind: str = "") -> tuple[str, Side]:
    """The only site and side that a label can mean: for importers of files whose labels people wrote; tell each guess.

    Parameters
    ----------
    label : str
    kind : {"emg", "imu", ""}
        As for `propose`.

    Returns
    -------
    tuple of str
        Site and side; both empty where the label names none, several, or no side.
    """
    found = propose(label, kind)
    return (found.sites[0], found.side) if len(found.sites) == 1 and found.side else ("", "")


def _fits(site: str, kind: str) -> bool:
    if kind == "emg":
        return site in MUSCLES
    return site in SEGMENT_RANK if kind == "imu" else True


def _words(label: str) -> list[str]:
    """A label in small letters, cut at everything that is no letter or digit, and between camel's humps."""
    humps = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", label)
    # A number glued to a word counts sensors (EMG3); one in a name of bones (L5, C7, S1) belongs to it.
    apart = re.sub(r"(?<=[A-Za-z]{2})(?=\d)|(?<=\d)(?=[A-Za-z]{2})", " ", humps)
    return re.findall(r"[a-z0-9]+", apart.lower())


def _readings(words: list[str]) -> list[tuple[list[str], Side]]:
    """Ways to tell the site from the side, the surest first."""
    readings: list[tuple[list[str], Side]] = []
    for index, word in reversed(list(enumerate(words))):
        if word in _SIDES:
            readings.append((words[:index] + words[index + 1 :], _SIDES[word]))
    readings.append((words, ""))
    if not any(word in _SIDES for word in words):
        word = "".join(words)
        for length in (5, 4, 1):
            for piece, rest in ((word[:length], word[length:]), (word[-length:], word[:-length])):
                if piece in _SIDES and len(rest) >= 2:
                    readings.append(([rest], _SIDES[piece]))
    return readings
