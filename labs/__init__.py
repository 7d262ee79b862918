"""Networks to try things on; knows nothing of the orchestrator."""
