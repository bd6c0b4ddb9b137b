"""Recordings that were made to do harm, one change each of a sound one; and what commands say of them.

Run with a folder of them it prints, as JSON, what each command did: in a process of its own, with little memory.
"""

import json
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from groundup_ext._fletcher import fletcher32

Change = Callable[[h5py.File, Path], None]
HUGE = 1 << 40


def _replace(file: h5py.File, name: str, **how: object) -> h5py.Dataset:
    del file[name]
    return file.create_dataset(name, **how)


def _huge(file: h5py.File, folder: Path) -> None:
    _replace(file, "streams/a/timestamps", shape=(HUGE,), dtype="<f8", chunks=(1 << 15,), fletcher32=True)


def _huge_everywhere(file: h5py.File, folder: Path) -> None:
    for name in ("streams/a/timestamps", "sync/a/time", "sync/a/uncertainty"):
        _replace(file, name, shape=(HUGE,), dtype="<f8", chunks=(1 << 15,), fletcher32=True)
    _replace(file, "streams/a/samples", shape=(HUGE, 1), dtype="<f8", chunks=(1 << 15, 1), fletcher32=True)


def _huge_chunk(file: h5py.File, folder: Path) -> None:
    size = (1 << 32) - 8
    _replace(file, "streams/a/samples", shape=(HUGE, 1), dtype="i1", chunks=(size, 1), fletcher32=True)


def _one_huge_chunk(file: h5py.File, folder: Path) -> None:
    # Its only chunk is there: some megabytes that unpack to more than anybody reads at once.
    rows = 1 << 29
    one = _replace(
        file, "streams/a/samples", shape=(rows, 1), dtype="i1", chunks=(rows, 1), compression="gzip", fletcher32=True
    )
    one.id.write_direct_chunk((0, 0), b"\0" * 600_000)


def _contiguous(file: h5py.File, folder: Path) -> None:
    _replace(file, "sync/a/time", shape=(HUGE,), dtype="<f8", fillvalue=1.0)


def _many_columns(file: h5py.File, folder: Path) -> None:
    _replace(
        file, "streams/a/samples", shape=(4, 1 << 30), maxshape=(None, None), dtype="<f8", chunks=(1, 1 << 14),
        fletcher32=True,
    )  # fmt: skip


def _bomb(file: h5py.File, folder: Path) -> None:
    rows = 1 << 28
    for name in ("streams/a/timestamps", "sync/a/time", "sync/a/uncertainty"):
        _chunks_of_nothing(_packed(file, name, (rows,), (1 << 21,)))
    _chunks_of_nothing(_packed(file, "streams/a/samples", (rows, 1), (1 << 21, 1)))


def _packed(file: h5py.File, name: str, shape: tuple[int, ...], chunks: tuple[int, ...]) -> h5py.Dataset:
    return _replace(file, name, shape=shape, dtype="<f8", chunks=chunks, compression="gzip", fletcher32=True)


def _chunks_of_nothing(dataset: h5py.Dataset) -> None:
    packed = zlib.compress(bytes(dataset.dtype.itemsize * int(np.prod(dataset.chunks))), 9)
    packed += fletcher32(packed).to_bytes(4, "little")
    for begin in range(0, dataset.shape[0], dataset.chunks[0]):
        dataset.id.write_direct_chunk((begin, *(0 for _ in dataset.shape[1:])), packed)


def _ledger_bomb(file: h5py.File, folder: Path) -> None:
    text = f"S{1 << 20}"
    dtype = np.dtype(
        [("time", "<f8"), ("stream", "S1"), ("kind", "S1"), ("severity", "S7"), ("count", "<i8"), ("message", text)]
    )
    _chunks_of_nothing(
        _replace(file, "ledger", shape=(4096,), dtype=dtype, chunks=(16,), compression="gzip", fletcher32=True)
    )


def _external_link(file: h5py.File, folder: Path) -> None:
    del file["streams/a"]
    file["streams/a"] = h5py.ExternalLink(str(folder / "secret.h5"), "/streams/a")


def _external_root(file: h5py.File, folder: Path) -> None:
    del file["lab"]
    file["lab"] = h5py.ExternalLink(str(folder / "secret.h5"), "/lab")


def _external_storage(file: h5py.File, folder: Path) -> None:
    _replace(
        file, "sync/a/time", shape=(4,), dtype="<f8", external=[(str(folder / "secret.txt"), 0, 32)]
    )  # a dataset that is another file's bytes


def _external_text(file: h5py.File, folder: Path) -> None:
    _replace(file, "lab/lab_toml", shape=(1,), dtype="S32", external=[(str(folder / "secret.txt"), 0, 32)])


def _virtual(file: h5py.File, folder: Path) -> None:
    layout = h5py.VirtualLayout((4,), "<f8")
    layout[:] = h5py.VirtualSource(str(folder / "secret.h5"), "streams/a/timestamps", (4,))
    del file["sync/a/time"]
    file.create_virtual_dataset("sync/a/time", layout)


def _soft_loop(file: h5py.File, folder: Path) -> None:
    del file["sync/a"]
    file["sync/a"] = h5py.SoftLink("/sync/b")
    file["sync/b"] = h5py.SoftLink("/sync/a")


def _soft_to_itself(file: h5py.File, folder: Path) -> None:
    del file["streams"]
    file["streams"] = h5py.SoftLink("/streams")


def _cycle(file: h5py.File, folder: Path) -> None:
    file["streams/a/again"] = file["streams"]
    file["streams/round"] = file["streams"]


def _root_within(file: h5py.File, folder: Path) -> None:
    file["mine"] = file["/"]


def _deep_groups(file: h5py.File, folder: Path) -> None:
    group = file.create_group("mine")
    for _ in range(3000):
        group = group.create_group("x")


def _many_ways(file: h5py.File, folder: Path) -> None:
    group = file.create_group("mine")
    for _ in range(60):
        inner = group.create_group("x")
        group["y"] = inner
        group = inner


def _many_streams(file: h5py.File, folder: Path) -> None:
    for k in range(3000):
        file["streams"][f"s{k}"] = file["streams/a"]


def _deep_json(file: h5py.File, folder: Path) -> None:
    text = "[" * 100_000
    for path, name in (("/", "software"), ("streams/a", "inputs"), ("streams/a", "extra")):
        file[path].attrs[name] = np.bytes_(text)


def _json_of_other_kinds(file: h5py.File, folder: Path) -> None:
    file.attrs["software"] = np.bytes_(b"[1, 2]")
    file["streams/a"].attrs["inputs"] = np.bytes_(b"7")
    file["streams/a"].attrs["extra"] = np.bytes_(b'"text"')


def _json_numbers(file: h5py.File, folder: Path) -> None:
    file["streams/a"].attrs["inputs"] = np.bytes_(b"[" + b"9" * 1_000_000 + b"]")


def _huge_attribute(file: h5py.File, folder: Path) -> None:
    file["streams/a"].attrs["name"] = np.bytes_(b"n" * ((1 << 26) + 1))


def _many_attributes(file: h5py.File, folder: Path) -> None:
    for k in range(10_001):
        file["streams/a"].attrs[f"x{k}"] = k


def _numbers_for_text(file: h5py.File, folder: Path) -> None:
    for name in ("name", "type", "format", "hostname"):
        file["streams/a"].attrs[name] = HUGE


def _text_for_numbers(file: h5py.File, folder: Path) -> None:
    file["streams/a"].attrs["rate"] = np.bytes_(b"fast")
    file["sync/a"].attrs["bound_ms"] = np.bytes_(b"none")
    file.attrs["clock_origin"] = np.bytes_(b"never")


def _arrays_for_scalars(file: h5py.File, folder: Path) -> None:
    file["streams/a"].attrs["rate"] = np.ones(1000)
    file["streams/a"].attrs["name"] = np.array([b"a", b"b"])
    file.attrs["format_version"] = np.array([1])


def _odd_numbers(file: h5py.File, folder: Path) -> None:
    for group, name, value in (
        ("streams/a", "rate", -1.0), ("streams/a", "index", np.nan), ("streams/a", "latency_s", np.inf),
        ("sync/a", "rate", 1e300), ("sync/a", "bound_ms", -np.inf), ("/", "clock_origin", np.nan),
        ("lab/participant", "mass_kg", -np.inf), ("lab/participant", "height_m", 1e308),
    ):  # fmt: skip
        file[group].attrs[name] = value


def _references(file: h5py.File, folder: Path) -> None:
    file["streams/a"].attrs["name"] = file["streams"].ref
    _replace(file, "sync/a/time", data=np.array([file.ref] * 4, h5py.ref_dtype), chunks=True, maxshape=(None,))


def _text_of_variable_length(file: h5py.File, folder: Path) -> None:
    _replace(file, "streams/a/header", data=np.array(["<info/>"], h5py.string_dtype()), chunks=True)
    file["streams/a"].attrs["name"] = "variable"


def _many_fields(file: h5py.File, folder: Path) -> None:
    _replace(file, "ledger", data=np.zeros(4, [(f"f{k}", "<i4") for k in range(900)]), chunks=True)


def _nested_fields(file: h5py.File, folder: Path) -> None:
    dtype = np.dtype("<i4")
    for _ in range(50):
        dtype = np.dtype([("x", dtype)])
    _replace(file, "ledger", data=np.zeros(4, dtype), chunks=True)


def _groups_for_datasets(file: h5py.File, folder: Path) -> None:
    for name in ("streams/a/samples", "ledger", "lab/lab_toml", "sync/a/time"):
        del file[name]
        file.create_group(name)


def _datasets_for_groups(file: h5py.File, folder: Path) -> None:
    for name in ("streams/a", "sync", "metrics", "processed", "aligned"):
        if name in file:
            del file[name]
        file[name] = 1.0


def _types_for_objects(file: h5py.File, folder: Path) -> None:
    for name in ("events", "streams/b", "metrics"):
        file[name] = np.dtype("<f8")


def _empty_things(file: h5py.File, folder: Path) -> None:
    _replace(file, "streams/a/timestamps", data=h5py.Empty("<f8"))
    file["streams/a"].attrs["rate"] = h5py.Empty("<f8")


def _scalars(file: h5py.File, folder: Path) -> None:
    for name in ("streams/a/timestamps", "ledger", "sync/a/uncertainty"):
        _replace(file, name, data=np.float64(1.0))


def _other_numbers(file: h5py.File, folder: Path) -> None:
    for name in ("sync/a/time", "streams/a/timestamps", "streams/a/samples"):
        how = {"shape": (4,) if "samples" not in name else (4, 1), "chunks": True, "fletcher32": True}
        _replace(file, name, dtype=">f4", **how)


def _names(file: h5py.File, folder: Path) -> None:
    for kind in ("streams", "sync"):
        file[kind].move("a", "\x1b]0;title\x07\x1b[31m\n\r\t'")


def _no_utf8(file: h5py.File, folder: Path) -> None:
    for kind in ("streams", "sync"):
        file[kind].id.move(b"a", b"\xff\xfe\xc3")


def _filter_from_elsewhere(file: h5py.File, folder: Path) -> None:
    create = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    create.set_chunk((4,))
    create.set_filter(31_999, h5py.h5z.FLAG_OPTIONAL, (1,))
    del file["sync/a/time"]
    space = h5py.h5s.create_simple((4,))
    made = h5py.h5d.create(file["sync/a"].id, b"time", h5py.h5t.IEEE_F64LE, space, dcpl=create)
    made.write_direct_chunk((0,), bytes(32))


def _results(file: h5py.File, folder: Path) -> None:
    group = file.create_group("metrics")
    group["x"] = h5py.SoftLink("/lab")
    file.create_group("processed")["y"] = h5py.ExternalLink(str(folder / "secret.h5"), "/")


def _checksums(file: h5py.File, folder: Path) -> None:
    file.attrs["checksums"] = np.bytes_(json.dumps({"method": ["x"], "table": {}}).encode())


def _no_checksums_of_numbers(file: h5py.File, folder: Path) -> None:
    _replace(file, "checksums", data=np.zeros(3), chunks=True, fletcher32=True)


HARMLESS = ("root within", "many ways")
"""What somebody added beside a recording, however odd, is left alone."""

CHANGES: dict[str, Change] = {
    name.removeprefix("_").replace("_", " "): value
    for name, value in globals().items()
    if name.startswith("_") and not name.startswith("__") and callable(value)
    and name not in ("_replace", "_packed", "_chunks_of_nothing")
}  # fmt: skip


def make(folder: Path, sound: Path) -> None:
    """All of them, and the files that some of them would have read."""
    (folder / "secret.h5").write_bytes(sound.read_bytes())
    (folder / "secret.txt").write_text("SECRET" * 10)
    for name, change in CHANGES.items():
        path = folder / f"{name}.h5"
        path.write_bytes(sound.read_bytes())
        with h5py.File(path, "r+") as file:
            change(file, folder)


def main(folder: Path) -> None:
    """Run the commands on all of them."""
    import resource

    from click.testing import CliRunner

    from groundup.cli import main as command

    CliRunner().invoke(command, ["info", str(folder / "secret.h5")])  # imports, before memory is counted
    with open("/proc/self/statm") as sizes:
        size = int(sizes.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + (1 << 29), size + (1 << 29)))
    said: dict[str, dict[str, tuple[int, str, str]]] = {}
    for name in CHANGES:
        said[name] = {}
        for words in (["verify"], ["info"], ["export", "--to", "csv"], ["analyze"]):
            done = CliRunner().invoke(command, [words[0], str(folder / f"{name}.h5"), *words[1:]])
            bug = "" if done.exception is None or isinstance(done.exception, SystemExit) else repr(done.exception)
            said[name][words[0]] = (done.exit_code, done.output, bug)
    print(json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
