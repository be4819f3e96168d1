"""The sandbox as a process: it starts by module or by Flask, and stops cleanly."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from launching.processes import ROOT, free_port


def started(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_for(url: str) -> requests.Response:
    end = time.monotonic() + 20
    while True:
        try:
            return requests.get(url, timeout=5)
        except requests.ConnectionError:
            assert time.monotonic() < end, "it did not start"
            time.sleep(0.05)


@pytest.mark.parametrize("command", [["igapp.sandbox"], ["flask", "--app", "igapp.sandbox", "run"]])
def test_it_starts_on_a_port_and_ends_with_a_signal(command: list[str]) -> None:
    port = free_port()
    process = started([*command, "--port", str(port)], {})
    assert wait_for(f"http://127.0.0.1:{port}/_sandbox/state").ok
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=8) in (0, -signal.SIGTERM)


def test_a_file_keeps_what_happened_and_what_is_still_to_be_told(tmp_path: Path) -> None:
    port, environment = free_port(), {"SANDBOX_DB": str(tmp_path / "sandbox.sqlite")}
    environment["SANDBOX_WEBHOOK_URL"] = f"http://127.0.0.1:{free_port()}/nobody"
    for texts in (1, 2):
        process = started(["igapp.sandbox", "--port", str(port)], environment)
        url = f"http://127.0.0.1:{port}/_sandbox"
        wait_for(f"{url}/state")
        requests.post(f"{url}/events", json={"kind": "text"}, timeout=5)
        messages = requests.get(f"{url}/threads/our.brand/lena", timeout=5).json()["messages"]
        assert len(messages) == texts
        assert requests.get(f"{url}/state", timeout=5).json()["pending"] == texts
        process.terminate()
        assert process.wait(timeout=8) == 0
