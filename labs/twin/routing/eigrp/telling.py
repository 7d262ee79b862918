"""Who was told what: the difference between that and what `adverts` says they should know.

What is to be said is worked out once an interface, not once a neighbour: a hub has a thousand.
"""

from collections.abc import Iterable, Mapping

from labs.twin.addresses import IPNetwork
from labs.twin.effects import Effect
from labs.twin.routing.eigrp import adverts, metric
from labs.twin.routing.eigrp.dual import Dual
from labs.twin.routing.eigrp.peering import Peering
from labs.twin.routing.eigrp.site import Site
from labs.twin.routing.eigrp.values import Advert, EigrpMessage, EigrpNeighbor, Opcode

News = dict[str, dict[IPNetwork, Advert | None]]
"""By interface: what may be news to somebody; None: it is unreachable."""


class Telling:
    """What every neighbour on an interface is to know, and the telling of it."""

    def __init__(self, site: Site, peering: Peering) -> None:
        self.site = site
        self.peering = peering
        self._said: dict[str, dict[IPNetwork, Advert]] = {}

    def forget(self, name: str) -> None:
        """Forget an interface that speaks no more."""
        self._said.pop(name, None)

    def clear(self) -> None:
        """Forget everything."""
        self._said.clear()

    def everything(self, dual: Dual, name: str) -> dict[IPNetwork, Advert]:
        """Give all that neighbours on an interface are to know."""
        if name not in self._said:
            found = {n: adverts.advert_for(self.site, dual, name, n) for n in dual.topology}
            self._said[name] = {n: advert for n, advert in found.items() if advert is not None}
        return self._said[name]

    def news(self, dual: Dual, touched: Iterable[IPNetwork]) -> News:
        """Bring up to date what is said on every interface; give what may be news to somebody."""
        news: News = {name: {} for name in self._said}
        for name, said in self._said.items():
            for network in touched:
                advert = adverts.advert_for(self.site, dual, name, network)
                if advert is not None:
                    said[network] = advert
                elif said.pop(network, None) is None:
                    continue  # nobody was ever told of it
                news[name][network] = advert
        return news

    def tell(
        self, neighbor: EigrpNeighbor, wanted: Mapping[IPNetwork, Advert | None], now: float
    ) -> list[Effect]:
        """Send a neighbour the difference between what it knows and what it should."""
        news: list[Advert] = []
        for network, advert in wanted.items():
            if advert == neighbor.told.get(network):
                continue
            if advert is None:
                del neighbor.told[network]
                news.append(Advert(network=network, vector=metric.UNREACHABLE))
            else:
                neighbor.told[network] = advert
                news.append(advert)
        if not news:
            return []
        update = EigrpMessage(opcode=Opcode.UPDATE, adverts=tuple(news))
        return self.peering.deliver(neighbor, update, now)
