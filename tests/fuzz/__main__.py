"""``python -m tests.fuzz [NAME]... [--inputs N] [--first K] [--keep-going]``: as long as one has patience."""

import argparse
import sys
import tempfile
import warnings
from pathlib import Path

from tests.fuzz.running import FUZZERS, FuzzError, run


def main() -> int:
    parser = argparse.ArgumentParser(description="Feed groundup with what no program should write.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(FUZZERS)} (default: all)")
    parser.add_argument("--inputs", type=int, default=1000, help="how many, of each")
    parser.add_argument("--first", type=int, default=0, help="number of the first")
    parser.add_argument("--keep-going", action="store_true", help="go on after a finding")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    found = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in options.names or FUZZERS:
            first, end = options.first, options.first + options.inputs
            while first < end:
                try:
                    print(name, dict(run(name, end - first, Path(folder), first)), flush=True)
                    break
                except FuzzError as error:
                    found += 1
                    print(error, flush=True)
                    first = int((Path(folder) / "number").read_text().split()[1]) + 1 if options.keep_going else end
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
