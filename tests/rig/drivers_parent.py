"""A parent that starts drivers as a recorder does, says their process ids, and waits to be killed.

``python drivers_parent.py LAB NAME...``
"""

import json
import sys

from groundup.system.processes import Child


def main(lab: str, names: list[str]) -> None:
    children = {name: Child(["drive", name, "--lab", lab]) for name in names}
    print(json.dumps({name: child._process.pid for name, child in children.items()}), flush=True)
    for child in children.values():
        child._process.wait()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
