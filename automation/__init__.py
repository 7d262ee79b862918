"""Intent, plans, judgement and records of what was done."""

__version__ = "0.1.0"
