"""Ready-made labs."""

from labs.examples.demo import demo_lab

__all__ = ["demo_lab"]
