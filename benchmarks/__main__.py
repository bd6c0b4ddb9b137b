"""``python -m benchmarks [NAME]... [--json]``."""

import argparse
import importlib
import json
from pathlib import Path

from benchmarks.rows import Row, table

NAMES = sorted(p.stem.removeprefix("bench_") for p in Path(__file__).parent.glob("bench_*.py"))


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure groundup beside its peers, in the same run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(NAMES)} (default: all)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(NAMES)}")
    everything: list[Row] = []
    for name in options.names or NAMES:
        module = importlib.import_module(f"benchmarks.bench_{name}")
        rows: list[Row] = module.run()
        everything += rows
        if not options.json:
            print(f"## {name}\n{(module.__doc__ or '').strip().splitlines()[0]}\n\n{table(rows)}\n", flush=True)
    if options.json:
        print(json.dumps([row.facts() for row in everything], indent=2))


if __name__ == "__main__":
    main()
