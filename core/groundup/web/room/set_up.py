"""Set up: what is on the network and in lab.toml, guesses for a person to confirm, and the change as a difference."""

import difflib
import hashlib
import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from groundup.lab.edit import Change, changed
from groundup.lab.errors import LabError
from groundup.lab.first_draft import match_for, stream_ids
from groundup.lab.label_guess import propose
from groundup.lab.tables import Lab, parse_lab
from groundup.lsl.stream_names import id_of_source
from groundup.model.anatomy import MUSCLES, SEGMENT_RANK
from groundup.model.plate_types import PLATE_TYPES
from groundup.model.streams import StreamSpec

_TABLES = ("participant", "treadmill", "devices", "streams", "live", "record")
_MOST_CHANGES = 2000
_LONGEST = 500


class SetUp:
    """The lab.toml of a room, read and changed.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def text(self) -> str:
        """As it is; empty where there is none.

        Raises
        ------
        LabError
            If it cannot be read as text.
        """
        try:
            return self.path.read_bytes().decode("utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise LabError(f"{self.path} cannot be read: {error}") from error

    def lab(self) -> Lab | None:
        """What it says; None where there is none.

        Raises
        ------
        LabError
            If it says what no lab has.
        """
        text = self.text()
        return parse_lab(text, self.path.name) if text else None

    def shown(self, specs: Sequence[StreamSpec]) -> dict[str, Any]:
        """All that the page needs, as JSON.

        Parameters
        ----------
        specs : sequence of StreamSpec
            What is on the network.
        """
        text, wrong = "", ""
        lab: Lab | None = None
        try:
            text = self.text()
            lab = parse_lab(text, self.path.name) if text else None
        except LabError as error:
            wrong = str(error)
        return {
            "path": str(self.path),
            "there": bool(text),
            "wrong": wrong,
            "base": base_of(text),
            "lab": _lab(lab),
            "streams": _streams(specs, lab),
            "muscles": [{"name": name, "segment": muscle.segment} for name, muscle in MUSCLES.items()],
            "segments": list(SEGMENT_RANK),
            "plate_types": {str(number): list(kind.channels) for number, kind in PLATE_TYPES.items()},
        }

    def preview(self, changes: Any) -> dict[str, Any]:
        """The difference that some changes make, and what would be wrong with it.

        Parameters
        ----------
        changes : list
            Of ``[table, key, value]``; a value of None takes the key out.
        """
        before = self.text()
        try:
            after = self._after(before, changes)
        except (ValueError, TypeError) as error:  # which LabError is, too
            return {"difference": "", "wrong": str(error), "base": base_of(before)}
        return {"difference": _difference(before, after, self.path.name), "wrong": "", "base": base_of(before)}

    def write(self, changes: Any, base: str) -> str:
        """Write the changes, if lab.toml still is what they were made for; a sentence.

        Raises
        ------
        LabError
            If it has changed meanwhile, or the result would be no lab.
        """
        before = self.text()
        if base != base_of(before):
            raise LabError(f"{self.path.name} was changed by somebody else meanwhile: look at the difference again")
        after = self._after(before, changes)
        part = self.path.with_name(f".{self.path.name}.part")
        part.write_bytes(after.encode())
        os.replace(part, self.path)
        return f"{self.path.name} is written"

    def _after(self, before: str, changes: Any) -> str:
        if not isinstance(changes, list) or len(changes) > _MOST_CHANGES:
            raise LabError(f"at most {_MOST_CHANGES} changes at once")
        after = changed(before or _head(self.path.name), [_change(one) for one in changes])
        parse_lab(after, self.path.name)
        return after


def base_of(text: str) -> str:
    """What tells one text of lab.toml from another."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _head(name: str) -> str:
    return (
        f"# Written by `groundup lab` on {date.today().isoformat()}; made to be read and changed by hand, too.\n"
        f"#     groundup check {name}     # every morning: is each device there, and right?\n"
        "\n[participant]\n# Who is recorded stands in participants.toml.\n"
    )


def _change(one: Any) -> Change:
    if not isinstance(one, list) or len(one) not in (3, 4) or not isinstance(one[0], list):
        raise LabError("a change is [table, key, value]")
    table = tuple(str(part)[:_LONGEST] for part in one[0])
    if not table or table[0] not in _TABLES:
        raise LabError(f"the page changes no table [{'.'.join(table)}] of lab.toml")
    return Change(table, str(one[1])[:_LONGEST], one[2], str(one[3])[:_LONGEST] if len(one) == 4 else "")


def _difference(before: str, after: str, name: str) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), name, f"{name}, new", lineterm="", n=2)
    return "\n".join(lines)


def _lab(lab: Lab | None) -> dict[str, Any]:
    if lab is None:
        return {"devices": {}, "streams": {}, "live": [], "participant": "", "belt": None}
    return {
        "devices": {name: {"driver": one.driver, "required": one.required} for name, one in lab.devices.items()},
        "streams": {name: msgspec.to_builtins(one) for name, one in lab.streams.items()},
        "live": list(lab.live.metrics),
        "participant": lab.participant.id,
        "belt": lab.treadmill.speed_m_s,
    }


def _streams(specs: Sequence[StreamSpec], lab: Lab | None) -> list[dict[str, Any]]:
    """Each stream on the network: what it is, and what its labels probably mean."""
    of_devices = tuple(lab.devices) if lab is not None else ()
    return [
        {
            "id": id_, "name": spec.name, "type": spec.type, "kind": spec.kind, "rate": spec.rate,
            "host": spec.hostname, "match": match_for(spec, specs),
            "device": next((name for name in of_devices if id_.partition(".")[0] == name), ""),
            "plate": _plate(spec),
            "channels": [
                {
                    "label": c.label, "unit": c.unit, "site": c.site, "side": c.side, **_guess(c.label, spec),
                }
                for c in spec.channels[:512]
            ],
        }
        for id_, spec in zip(_ids(specs), specs, strict=True)
    ]  # fmt: skip


def _ids(specs: Sequence[StreamSpec]) -> list[str]:
    made = stream_ids(specs)
    return [id_of_source(spec.source_id) or id_ for spec, id_ in zip(specs, made, strict=True)]


def _guess(label: str, spec: StreamSpec) -> Mapping[str, Any]:
    kind = spec.kind if spec.kind in ("emg", "imu") else ""
    if not kind:
        return {"guess": [], "guess_side": "", "exact": False}
    found = propose(label, kind)
    if not found.sites and kind == "imu":
        found = propose(spec.name, kind)
    return {"guess": list(found.sites), "guess_side": found.side, "exact": found.exact}


def _plate(spec: StreamSpec) -> dict[str, Any] | None:
    if spec.plate is None:
        return None
    return {"type": spec.plate.type, "corners_m": [list(corner) for corner in spec.plate.corners_m]}
