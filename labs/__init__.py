"""Networks to try things on: the digital twin and files for other labs; knows nothing of the orchestrator."""
