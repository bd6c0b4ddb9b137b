"""``python -m benchmarks [NAME]... [--json]``."""

import argparse
import importlib
import json
from dataclasses import asdict
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
    results: dict[str, list[Row]] = {}
    for name in options.names or NAMES:
        module = importlib.import_module(f"benchmarks.bench_{name}")
        results[name] = module.run()
        if not options.json:
            print(
                f"## {name}\n{(module.__doc__ or '').strip().splitlines()[0]}\n\n{table(results[name])}\n", flush=True
            )
    if options.json:
        print(json.dumps({n: [{**asdict(r), "ratio": r.ratio} for r in rows] for n, rows in results.items()}, indent=2))


if __name__ == "__main__":
    main()
