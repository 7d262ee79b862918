"""`ip nhrp max-send`: how many packets a tunnel may send in how many seconds.

Own and carried packets count alike. A period begins with the first packet after the last one has
ended; what exceeds it is lost, and repeated by whoever waits for the answer. Without the line the
limit of the image is printed, and counted against, but holds nothing back: it is meant for a CPU
that the twin has not.
"""

from dataclasses import dataclass

IOS = (100, 10)
IOS_XE = (10000, 10)
"""(packets, seconds) unless said (`show ip nhrp traffic`, reference/DMVPN.md section 3)."""


@dataclass(slots=True, kw_only=True)
class Quota:
    """The period under way."""

    began: float = 0.0
    count: int = 0

    def take(self, limit: tuple[int, int], now: float) -> bool:
        """Count a packet; tell whether it is within the limit."""
        packets, seconds = limit
        if now - self.began >= seconds:
            self.began, self.count = now, 0
        if self.count >= packets:
            return False
        self.count += 1
        return True

    def usage(self, limit: tuple[int, int], now: float) -> int:
        """Give the percentage that is used of the period under way."""
        packets, seconds = limit
        return 100 * self.count // packets if now - self.began < seconds else 0
