"""The whole rehearsal: build, release, run, one journey, SIGTERM; prints what a platform would bill or wait for."""

import contextlib
import secrets
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError

from launching.processes import STOP_SECONDS, NotReady, stop_all
from launching.product import CommandFailed, Product
from rehearsal import backing, journey, slug
from rehearsal.backing import Backing, Starter
from rehearsal.slug import BuildFailed


class WentWrong(Exception):
    """Everything ran, but not as it should; the message says what."""


def main() -> int:
    """Rehearse, and say how it went; returns the exit code."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rehearsal-")))
        try:
            _rehearse(folder, stack)
        except (AssertionError, BuildFailed, CommandFailed, NotReady, PlaywrightError, WentWrong) as problem:
            print(f"make rehearse: {problem}\n{backing.tails(folder)}", file=sys.stderr)
            return 1
    return 0


def _rehearse(folder: Path, stack: contextlib.ExitStack) -> None:
    built = slug.build(folder / "slug", lambda step: _say("build", step))
    unpacked, packed = built.sizes()
    _say("build", f"{built.seconds:.1f} s; the slug has {packed:.0f} MB, unpacked {unpacked:.0f} MB")
    attached = backing.attach(folder, stack)
    product = Product(attached.environment(built.path), Starter(folder, built.folder), built.folder)
    stack.callback(product.stop)
    _boot(product)
    _journey(product, attached)
    _stop(product)


def _boot(product: Product) -> None:
    """The release, then everything else until pages are served."""
    began = time.monotonic()
    product.release()
    released = time.monotonic() - began
    product.start()
    product.wait_until_served(path="/login")
    _say("boot", f"release {released:.1f} s, first page {time.monotonic() - began:.1f} s after it began")


def _journey(product: Product, attached: Backing) -> None:
    password = secrets.token_urlsafe(12)
    who = ("--email", journey.EMAIL, "--name", journey.NAME, "--role", "admin")
    product.flask("users", "create", *who, typed=password)
    began = time.monotonic()
    journey.travel(product.url, attached.sandbox_url, password)
    _say("journey", f"{time.monotonic() - began:.1f} s; {attached.redis.connections} connections to Redis over TLS")
    product.wait_until_served(path="/readyz")
    if (sent := journey.at_instagram(attached.sandbox_url)) != [journey.ANSWER]:
        raise WentWrong(f"Instagram was sent {sent}")


def _stop(product: Product) -> None:
    took = stop_all(product.processes.values())
    codes = {name: process.popen.returncode for name, process in product.processes.items()}
    _say("stop", f"{took:.1f} s after SIGTERM; exit codes {codes}")
    if took >= STOP_SECONDS or any(codes.values()):
        raise WentWrong("not everything stopped by itself")


def _say(step: str, words: str) -> None:
    print(f"{step:<8} {words}", flush=True)
