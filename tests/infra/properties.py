"""How long property-based tests try: the same steps in every run, or many more of them when asked.

`--hypothesis-profile thorough` looks for what nobody has seen yet.
"""

from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "ordinary",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    stateful_step_count=40,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
settings.register_profile(
    "thorough",
    settings.get_profile("ordinary"),
    derandomize=False,
    max_examples=2000,
    stateful_step_count=80,
    print_blob=True,
    phases=tuple(Phase),
)
settings.load_profile("ordinary")
