"""Asks an application in this process for the same thing again and again: run by callgrind.sh, or under a profiler.

python -m trials.speed.repeat FOLDER/product.json config.wsgi save 50
"""

import json
import sys
from importlib import import_module
from pathlib import Path

from trials.speed.statements import ask


def main() -> None:
    file, module, action, times = sys.argv[1:]
    application = import_module(module).application
    asked = json.loads(Path(file).read_text())[action][0]
    for _ in range(int(times)):
        ask(application, asked)


if __name__ == "__main__":
    main()
