"""Tables of streams: ``[streams.ID]``, and ``[devices.NAME.streams.KEY]`` for one of several of a device."""

import re
from collections.abc import Mapping
from typing import Any

from groundup.lab.errors import LabError
from groundup.model.stream_keys import is_key, stream_id


def safe_id(name: str) -> bool:
    """Say whether a name can be a key in the recording: letters, digits, ``_`` and ``-``, at most 64."""
    return re.fullmatch(r"\w[\w-]{0,63}", name) is not None


def is_of_device(id: str) -> bool:
    """Say whether an id can be that of one of several streams of a device: ``mill.left``."""
    device, dot, key = id.partition(".")
    return bool(dot) and safe_id(device) and is_key(key)


def table_of(id: str, *below: str) -> str:
    """The table of a stream in lab.toml, as it is written there: ``[streams.emg]``, ``[streams."mill.left".plate]``."""
    name = f'"{id}"' if "." in id else id
    return f"[{'.'.join(('streams', name, *below))}]"


def stream_tables(streams: Mapping[str, Any], devices: Mapping[str, Any], where: str) -> dict[str, tuple[Any, str]]:
    """Each stream's table by its id, and where it stands.

    A stream of a device is required as the device is, where its table does not say it.

    Parameters
    ----------
    streams, devices : mapping
        The tables ``[streams]`` and ``[devices]``, as TOML gives them.
    where : str
        The file, for errors.

    Raises
    ------
    LabError
        If a key is none, or both forms are about one stream.
    """
    found = {id: (table, f"{where}: {table_of(id)}") for id, table in streams.items()}
    for device, entry in devices.items():
        keys = entry.get("streams", {}) if isinstance(entry, dict) else {}
        for key, table in keys.items() if isinstance(keys, dict) else ():
            id, place = stream_id(device, key), f"{where}: [devices.{device}.streams.{key}]"
            if not is_key(key):
                raise LabError(f"{place}: {key!r} is no key of a stream; its driver's page lists them")
            if id in found:
                raise LabError(f"{place} and {table_of(id)} are both about the stream {id}; keep one of them")
            found[id] = table, place
    for id, (table, place) in found.items():
        entry = devices.get(id.partition(".")[0])
        if isinstance(entry, dict) and isinstance(table, dict) and "match" not in table:
            found[id] = {"required": entry.get("required", True), **table}, place
    return found
