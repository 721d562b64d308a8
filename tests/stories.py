"""The stories of the demo state are those of the tests: a case reaches a state only by living through the journey."""

from peercert.demo.stories import *  # noqa: F403
