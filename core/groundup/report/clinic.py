"""Where a person was recorded, and by whom: ``[clinic]`` of the lab.toml that the recording holds, with its logo."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from groundup.lab.tables import LabClinic, LabError, load_lab, parse_lab

_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".svg": "image/svg+xml"}
_MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class Clinic:
    """What a report says at its head.

    Attributes
    ----------
    name, address, referrer, tester : str
    logo : str
        As a ``data:`` address; empty where there is none.
    """

    name: str = ""
    address: str = ""
    referrer: str = ""
    tester: str = ""
    logo: str = ""


def clinic_of(lab_toml: str, recording: Path, lab: Path | None = None) -> Clinic:
    """The clinic of a recording.

    Parameters
    ----------
    lab_toml : str
        As the recording holds it.
    recording : Path
        Beside which its logo may lie.
    lab : Path, optional
        A lab.toml that is taken in its place; its logo lies beside it.

    Raises
    ------
    LabError
        If `lab` is no lab.toml, or the logo it names is not there or no picture.
    """
    if lab is not None:
        told = load_lab(lab).clinic
        return _with_logo(told, [lab.parent], f"{lab}: [clinic] logo")
    try:
        told = parse_lab(lab_toml, "lab.toml of the recording").clinic
    except LabError:
        return Clinic()  # of a later version, or written by hand: a report needs nothing of it
    try:
        return _with_logo(told, [recording.parent, Path.cwd()], "[clinic] logo")
    except LabError:
        return _with_logo(LabClinic(**{**_told(told), "logo": ""}), [], "")  # the file travelled, its logo did not


def _told(told: LabClinic) -> dict[str, str]:
    return {key: getattr(told, key) for key in told.__struct_fields__}


def _with_logo(told: LabClinic, folders: Sequence[Path], where: str) -> Clinic:
    return Clinic(told.name, told.address, told.referrer, told.tester, _logo(told.logo, folders, where))


def _logo(name: str, folders: Sequence[Path], where: str) -> str:
    if not name:
        return ""
    kind = _TYPES.get(Path(name).suffix.lower())
    if kind is None:
        raise LabError(f"{where} is {name!r}: a picture is expected, {', '.join(_TYPES)}")
    found = next((folder / name for folder in folders if (folder / name).is_file()), None)
    if found is None:
        raise LabError(f"{where}: there is no file {name} beside it")
    content = found.read_bytes()
    if len(content) > _MOST_BYTES:
        raise LabError(f"{where}: {found} has {len(content)} bytes; a logo has {_MOST_BYTES} at most")
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
