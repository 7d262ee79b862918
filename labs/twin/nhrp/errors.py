"""Errors of the NHRP machine: `IllegalTransition`, raised instead of guessing."""


class IllegalTransition(Exception):
    """An event came in a state that has no place for it; the state is unchanged."""

    def __init__(self, who: str, state: str, event: str, history: tuple[str, ...]) -> None:
        past = ", ".join(history) or "none"
        super().__init__(f"{who}: event {event!r} in state {state!r} (before: {past})")
        self.who, self.state, self.event, self.history = who, state, event, history
