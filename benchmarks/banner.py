"""From the webhook to the green banner, painted in a real browser, while a whole team has the desk open."""

import contextlib
import random
import time

from flask import Flask
from playwright.sync_api import Page, sync_playwright

from benchmarks import bodies
from benchmarks.caller import call
from benchmarks.crowd import Crowd
from benchmarks.figures import Figure, below, median, percentile
from benchmarks.ground import add_account, add_agents
from igapp import db, utc
from igapp.desk import closing, offers
from igapp.models import User
from launching.chromium import ARGUMENTS, chromium
from tests.infra.stage import Stage, cookie

AGENTS = 50
ROUNDS = 35
GOAL_MS = 500
BANNER = "#banner [aria-label='Incoming request']"

WATCH = """
(banner) => {
  window.painted = new Promise((resolve) => {
    const done = () => requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now()));
    const look = () => document.querySelector(banner) && (watching.disconnect(), requestAnimationFrame(done));
    const watching = new MutationObserver(look);
    watching.observe(document.body, { childList: true, subtree: true });
    look();
  });
}
"""
"""Resolves to the moment at which a frame with the banner has been painted."""


def run(stage: Stage) -> list[Figure]:
    """Measure on a stage with everything running; only the browser's agent receives work."""
    add_account(stage.app)
    (agent,) = add_agents(stage.app, 1, are_available=True)
    others = add_agents(stage.app, AGENTS - 1, are_available=False, first=1)
    stage.start()
    port = int(stage.environment["PORT"])
    crowd = Crowd(port, [(one.id, cookie(stage.app, one)) for one in others])
    with contextlib.closing(crowd), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        page = _page(browser.new_page(), stage, agent)
        took = [_round(page, stage.app, agent, port, number) for number in range(ROUNDS + 3)][3:]
        browser.close()
    note = f"p50 {median(took):.0f}, {AGENTS} agents connected"
    return [below("webhook → banner painted, p99", percentile(took, 99), GOAL_MS, "ms", note)]


def _page(page: Page, stage: Stage, agent: User) -> Page:
    """Open the desk as the agent."""
    name, _, value = cookie(stage.app, agent).partition("=")
    page.context.add_cookies([{"name": name, "value": value, "url": stage.url}])
    page.goto(stage.url)
    page.wait_for_selector("[data-connection][data-state=live]")
    return page


def _round(page: Page, app: Flask, agent: User, port: int, number: int) -> float:
    """Return the milliseconds from one message of somebody new to its banner; the offer is settled afterwards."""
    page.evaluate(WATCH, BANNER)
    asked = bodies.request(bodies.body([bodies.text_event(number)]))
    began = time.time() * 1000
    call(port, [asked], connections=1)
    painted: float = page.evaluate("window.painted")
    _settle(app, agent)
    page.wait_for_selector(BANNER, state="detached")
    time.sleep(random.uniform(0.2, 0.5))
    return painted - began


def _settle(app: Flask, agent: User) -> None:
    """Take the request and close it, so that the agent is free again."""
    with app.app_context():
        now = utc.now()
        user, offer = db.session().get_one(User, agent.id), offers.pending_for(agent.id, now)
        assert offer is not None, "the banner shows an offer that is not pending"
        closing.close(offers.accept(offer, user, now), user, now)
        db.commit()
