"""Lists of steps run by one journaling engine."""
