"""Which fixtures every test may ask for, and what holds for all tests."""

pytest_plugins = [
    "tests.infra.rules",
    "tests.infra.properties",
    "tests.infra.databases",
    "tests.infra.application",
    "tests.infra.stage",
    "tests.infra.browser",
    "tests.infra.bucket",
]
