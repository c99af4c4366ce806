"""start.py on machines where it cannot do its work: one sentence that says what to do."""

import importlib.util
import subprocess
from types import SimpleNamespace

import pytest
from paths import ROOT


@pytest.fixture
def start(tmp_path, monkeypatch):
    """The module, in a folder of its own, with a pip that fails."""
    for name in ("JUPYTERHUB_USER", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "start.py"
    file.write_bytes((ROOT / "tools/download_kit/start.py").read_bytes())
    spec = importlib.util.spec_from_file_location("start", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module.venv, "create", lambda *_, **__: None)
    monkeypatch.setattr(module.subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=1))
    return module


def said(start) -> str:
    with pytest.raises(SystemExit) as stopped:
        start.set_up()
    return str(stopped.value)


def test_a_shared_server_is_told_to_install_in_place(start, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    assert "shared Jupyter server" in said(start) and "in place" in said(start)


def test_no_venv_module_is_said(start, monkeypatch):
    monkeypatch.setattr(start, "venv", None)
    assert "apt install python3-venv" in said(start)


def test_a_venv_without_pip_is_said(start, monkeypatch):
    def fails(*_, **__):
        raise subprocess.CalledProcessError(1, "ensurepip")

    monkeypatch.setattr(start.venv, "create", fails)
    assert "apt install python3-venv" in said(start)


def test_a_folder_that_cannot_be_written_is_said(start, monkeypatch):
    def fails(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(start.venv, "create", fails)
    assert said(start).startswith("Nothing can be written here (Permission denied): copy")


def test_a_failing_pip_asks_for_network_and_proxy(start, monkeypatch):
    assert "HTTPS_PROXY" in said(start) and "not set" in said(start)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    assert "now it is http://proxy:3128" in said(start)


def test_no_sentence_is_a_traceback(start, monkeypatch):
    monkeypatch.setattr(start.sys, "version_info", (3, 9, 0))
    assert said(start).startswith("These notebooks need Python 3.11 to 3.14")
