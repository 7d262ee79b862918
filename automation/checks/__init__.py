"""The catalogue of checks: expectations and records -> findings."""
