"""Do all CPUs print the stored text? python tests/helpers/kernels.py [PYTEST ARGUMENTS ...]

OpenBLAS picks its code by the CPU, and numpy its loops, so that last digits differ between
machines. Here one machine computes as three kinds of CPU in turn; under each, every notebook and
every test that computes stored rows again must pass.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WHAT = ["notebooks", "tests/test_stored_trials.py", "tests/test_forest.py"]
KINDS = {
    "Nehalem, numpy without dispatch": {"OPENBLAS_CORETYPE": "Nehalem"},
    "Haswell": {"OPENBLAS_CORETYPE": "Haswell"},
    "this machine's own": {},
}
# What numpy was built to choose between and finds here, and the kernels that OpenBLAS uses.
LOOK = """
import json, numpy, scipy.linalg, threadpoolctl
from numpy._core import _multiarray_umath as built
features = [name for name in built.__cpu_dispatch__ if built.__cpu_features__[name]]
kernels = [pool.get("architecture") for pool in threadpoolctl.threadpool_info()]
print(json.dumps([features, sorted({kernel for kernel in kernels if kernel})]))
"""


def look(environment: dict[str, str]) -> tuple[list[str], list[str]]:
    """numpy's features and OpenBLAS's kernels in this environment."""
    command = [sys.executable, "-c", LOOK]
    return json.loads(subprocess.check_output(command, env=environment, text=True))


def main() -> None:
    plain = {name: value for name, value in os.environ.items() if name != "OPENBLAS_CORETYPE"}
    plain |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    plain["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    features, _ = look(plain)
    report, failed = [], False
    for kind, settings in KINDS.items():
        environment = plain | settings
        if "without dispatch" in kind:
            environment["NPY_DISABLE_CPU_FEATURES"] = " ".join(features)
        left, kernels = look(environment)
        said = f"{kind}: OpenBLAS {', '.join(kernels)}; numpy {' '.join(left) or 'its baseline'}"
        wanted = settings.get("OPENBLAS_CORETYPE")
        if wanted and wanted not in kernels:
            report.append(f"{said}: this CPU cannot compute so, not run")
            continue
        print(f"\n=== {said}", flush=True)
        command = [sys.executable, "-m", "pytest", "-q", *(sys.argv[1:] or WHAT)]
        ran = subprocess.run(command, cwd=ROOT, env=environment)
        failed |= ran.returncode != 0
        report.append(f"{said}: {'FAILED' if ran.returncode else 'passed'}")
    print("\n" + "\n".join(report))
    sys.exit(failed)


if __name__ == "__main__":
    main()
