"""Set up and open the notebooks beside this file: python start.py [--only-set-up]"""

import os
import subprocess
import sys
from pathlib import Path

try:
    import venv
except ImportError:  # Debian keeps it in a package of its own
    venv = None

HERE = Path(__file__).resolve().parent
FOLDER = HERE / ".venv"
PYTHON = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
READY = FOLDER / "ready"
IN_PLACE = (
    "type `python -m pip install --user -r requirements.txt` in a terminal there, and open the "
    "notebooks in place."
)
NO_VENV = (
    "Python's venv module is missing: on Debian and Ubuntu, apt install python3-venv. Where you "
    f"cannot install: {IN_PLACE}"
)


def set_up() -> None:
    """Make the environment, once."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 14):
        sys.exit(f"These notebooks need Python 3.11 to 3.14; this is {sys.version.split()[0]}.")
    if "JUPYTERHUB_USER" in os.environ:
        sys.exit(f"This is a shared Jupyter server: {IN_PLACE}")
    if venv is None:
        sys.exit(NO_VENV)
    print("Setting up, which takes a minute or two ...", flush=True)
    try:
        venv.create(FOLDER, clear=True, with_pip=True)
    except subprocess.CalledProcessError:
        sys.exit(NO_VENV)
    except OSError as error:
        sys.exit(
            f"Nothing can be written here ({error.strerror}): copy the folder to a place of your "
            f"own, or, where you may not: {IN_PLACE}"
        )
    wheels = HERE / "wheelhouse"
    offline = ["--no-index", "--find-links", str(wheels)] if wheels.is_dir() else []
    quiet = ["--quiet", "--disable-pip-version-check"]
    what = ["--requirement", str(HERE / "requirements.txt")]
    install = [str(PYTHON), "-m", "pip", "install", *quiet, *offline, *what]
    if subprocess.run(install).returncode:
        proxy = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")
        sys.exit(
            "Setting up failed: the message stands above. Is there a network? Behind a proxy, set "
            f"HTTPS_PROXY=http://its-name:its-port first; now it is {proxy or 'not set'}. Without "
            "a network, put the packages into a folder `wheelhouse` beside this file."
        )
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
