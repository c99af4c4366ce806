"""What the README promises, as far as a test can try it."""

import re
import shutil
import subprocess
import sys
import tomllib

import pytest
from paths import ROOT

from conftest import LONGEST

README = (ROOT / "README.md").read_text(encoding="utf8")


def example(text: str) -> str:
    return re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]


def test_the_example_on_a_model_of_ones_own_runs(capsys):
    exec(example(README), {})
    assert "error_rate" in capsys.readouterr().out


def test_the_reference_shows_the_same_example():
    reference = (ROOT / "book/reference.md").read_text(encoding="utf8")
    assert example(reference) == example(README)


def test_every_make_command_of_the_readme_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf8")
    named = set(re.findall(r"`make (\w+)`", README)) | set(re.findall(r"(?m)^make (\w+)", README))
    assert {"book", "test", "serve"} <= named
    assert not [name for name in named if not re.search(rf"(?m)^{name}:", makefile)]


def test_both_lists_of_dependencies_have_the_same_bounds():
    listed = (ROOT / "requirements.txt").read_text(encoding="utf8")
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]
    for requirement in wanted["dependencies"]:
        lower = re.match(r"[\w-]+>=[\d.]+", requirement)[0]
        assert re.search(rf"(?m)^{re.escape(lower)}(?![\d.])", listed), requirement


@pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")
@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("import sys; sys.version_info = (3, 9, 0)", "Python 3.11 to 3.14"),
        ("import sys; sys.modules['ensurepip'] = None", "python3-venv"),
    ],
)
def test_an_unusable_python_gets_one_clear_line(tmp_path, code, word):
    (tmp_path / "sitecustomize.py").write_text(code, encoding="utf8")
    settings = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tmp_path)}
    made = subprocess.run(
        ["make", f"ENV={tmp_path}/ready", f"PYTHON={sys.executable}", f"{tmp_path}/ready"],
        cwd=ROOT, capture_output=True, text=True, env=settings,
    )  # fmt: skip
    assert made.returncode != 0
    assert word in made.stdout and len(made.stdout.strip().splitlines()) == 1


def test_what_is_said_to_take_longest_exists():
    files = {path.name for folder in ("tests", "notebooks") for path in (ROOT / folder).iterdir()}
    assert set(LONGEST) <= files and len(set(LONGEST)) == len(LONGEST)
