"""Set up and open the notebooks beside this file: python start.py [--only-set-up]"""

import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDER = HERE / ".venv"
PYTHON = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
READY = FOLDER / "ready"


def set_up() -> None:
    """Make the environment, once."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 14):
        sys.exit(f"These notebooks need Python 3.11 to 3.14; this is {sys.version.split()[0]}.")
    print("Setting up, which takes a minute or two ...", flush=True)
    try:
        venv.create(FOLDER, clear=True, with_pip=True)
    except subprocess.CalledProcessError:
        sys.exit("Python's venv module is missing: on Debian and Ubuntu, apt install python3-venv")
    wheels = HERE / "wheelhouse"
    offline = ["--no-index", "--find-links", str(wheels)] if wheels.is_dir() else []
    quiet = ["--quiet", "--disable-pip-version-check"]
    what = ["--requirement", str(HERE / "requirements.txt")]
    install = [str(PYTHON), "-m", "pip", "install", *quiet, *offline, *what]
    if subprocess.run(install).returncode:
        sys.exit("Setting up failed: the message stands above. Is there a network?")
    READY.write_text(str(HERE))


def main() -> None:
    # An environment that was moved does not work where it is.
    if not READY.exists() or READY.read_text() != str(HERE):
        set_up()
    # One thread a process: the sweeps are parallel over trials, and over nothing else.
    calm = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    if "--only-set-up" in sys.argv:
        print("Ready. To open the notebooks, run this again without --only-set-up.")
    else:
        lab = [str(PYTHON), "-m", "jupyterlab", "--notebook-dir", str(HERE)]
        sys.exit(subprocess.run(lab, env=os.environ | calm).returncode)


if __name__ == "__main__":
    main()
