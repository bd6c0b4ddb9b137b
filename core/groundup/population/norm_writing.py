"""Norms that were built, written: a TOML file, or a plugin that brings one."""

import math
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from groundup.lab.toml_file import write_toml
from groundup.plugin.norm_file import FORMAT, NormTable
from groundup.scaffold import NORM_FILE, new_plugin

HOW = (
    "one voice a person: the mean of the sessions, each the median of its strides, left and right together; where one "
    "more person lies with 95 % in one session, by Student's t about the regression, of logarithms where these are "
    "clearly nearer to normal"
)


def write_norms(
    output: Path,
    norms: Sequence[NormTable],
    left_out: Mapping[str, str],
    *,
    made: str,
    people: str,
    reference: str,
    licence: str = "",
    where: str = "",
) -> Path:
    """Write norms; nothing half written stays.

    Parameters
    ----------
    output : Path
        ``FILE.toml``; else a new folder, which becomes a plugin.
    norms : sequence of NormTable
    left_out : mapping of str to str
        Of what there is none, and why.
    made : str
        Date.
    people, reference, licence : str
        As in `Norm`.
    where : str
        The SQL by which values were chosen.

    Returns
    -------
    Path
        Of the TOML file.

    Raises
    ------
    FileExistsError
        If the folder is there already.
    groundup.scaffold.PluginNameError
        If no package can be called as the folder is.
    """
    document: dict[str, Any] = {"format": FORMAT, "people": people, "reference": reference, "licence": licence}
    document |= {"made": made, "how": HOW, "where": where, "left_out": dict(left_out)}
    document["norms"] = [_known(msgspec.to_builtins(norm)) for norm in norms]
    comment = "Norms, by groundup norms build. Name this file in [norms] of lab.toml."
    if output.suffix == ".toml":
        write_toml(output, document, comment)
        return output
    plugin = new_plugin(output.name, NORM_FILE, output)
    path = plugin.folder / f"{plugin.module}.toml"
    try:
        write_toml(path, document, comment)
    except BaseException:
        shutil.rmtree(plugin.folder)
        raise
    return path


def _known(table: dict[str, Any]) -> dict[str, Any]:
    """What there is to write: TOML has no word for None, and NaN is what is not known."""
    found = {}
    for key, value in table.items():
        if isinstance(value, dict):
            value = _known(value)
        if value is None or value == "" or value == {} or value == () or value == []:
            continue
        if isinstance(value, float) and math.isnan(value):
            continue
        found[key] = _listed(value)
    return found


def _listed(value: Any) -> Any:
    """Tuples as the lists that TOML has."""
    return [_listed(one) for one in value] if isinstance(value, tuple | list) else value
