"""Report formats, drawn from one model."""
