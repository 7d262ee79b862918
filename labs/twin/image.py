"""Image profiles: what differs between IOS generations, as data.

Three switches are kept apart because they did not change in one release
(reference/DMVPN.md section 2): the legend a show command prints, the NHRP defaults that a
running-config hides, and the print forms. No behaviour belongs here.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class Legend(StrEnum):
    """Generation of the `show dmvpn` legend (reference/FORMATS.md section 1)."""

    IOS_154 = "15.4"
    IOS_155 = "15.5"
    IOS_157 = "15.7"
    XE_17 = "17"


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpDefaults:
    """NHRP settings that apply, and stay hidden in the running-config, when nothing is typed."""

    holdtime_s: int
    registration_unique: bool
    multicast_dynamic: bool
    shortcut: bool


LEGACY_NHRP = NhrpDefaults(
    holdtime_s=7200, registration_unique=True, multicast_dynamic=False, shortcut=False
)
MODERN_NHRP = NhrpDefaults(
    holdtime_s=600, registration_unique=False, multicast_dynamic=True, shortcut=True
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageProfile:
    """One image generation."""

    name: str
    version: str
    """The `version` line of the running-config, e.g. 15.4 or 17.3."""
    release: str
    """The full release printed by `show version`, e.g. 17.3.4a."""
    legend: Legend
    nhs_legend_dynamic: bool
    """`show ip nhrp nhs` legend ends in D=Dynamic and rows print `NBMA Address:`."""
    nhrp: NhrpDefaults
    xe: bool
    filesystem: str
    """Prefix of the local file system: flash:, bootflash: or unix:."""
    logs_dmvpn: bool = False
    """%DMVPN lines are logged without `logging dmvpn` (IOL 17.15, reference/DMVPN.md section 3)."""
    profile_change_shuts: bool = False
    """Another `tunnel protection` profile shuts the tunnel (IOL 17.15, the same section)."""
    weak_ciphers: bool = True
    """DES and 3DES are offered; 17.15 rejects 3DES (FAULT_SWEEP F1)."""
    crypto_locked: bool = False
    """No crypto commands before a boot with a licence level that has them (section 4: CSR)."""


FLASH, BOOTFLASH, UNIX = "flash:", "bootflash:", "unix:"
"""Local file systems of IOSv, of CSR1000V and C8000V, and of IOL (reference/LAB.md section 1)."""

IMAGES: dict[str, ImageProfile] = {
    image.version: image
    for image in (
        ImageProfile(
            name="ios-15.4",
            version="15.4",
            release="15.4(2)T4",
            legend=Legend.IOS_154,
            nhs_legend_dynamic=False,
            nhrp=LEGACY_NHRP,
            xe=False,
            filesystem=UNIX,
        ),
        ImageProfile(
            name="ios-15.5",
            version="15.5",
            release="15.5(3)M",
            legend=Legend.IOS_155,
            nhs_legend_dynamic=False,
            nhrp=LEGACY_NHRP,
            xe=False,
            filesystem=FLASH,
        ),
        ImageProfile(
            name="ios-15.7",
            version="15.7",
            release="15.7(3)M2",
            legend=Legend.IOS_157,
            nhs_legend_dynamic=False,
            nhrp=MODERN_NHRP,
            xe=False,
            filesystem=UNIX,
        ),
        ImageProfile(
            name="ios-15.9",
            version="15.9",
            release="15.9(3)M",
            legend=Legend.IOS_157,
            nhs_legend_dynamic=False,
            nhrp=MODERN_NHRP,
            xe=False,
            filesystem=FLASH,
        ),
        *(
            # The legend of 16.6 is that of 15.5 (reference/DMVPN.md section 2), of later 16 that of
            # 15.7 (FORMATS.md section 1, case p3-ospf-ikev2-ipv6overlay).
            ImageProfile(
                name=f"xe-{version}",
                version=version,
                release=release,
                legend=legend,
                nhs_legend_dynamic=True,
                nhrp=MODERN_NHRP,
                xe=True,
                filesystem=BOOTFLASH,
                crypto_locked=True,
            )
            for version, release, legend in (
                ("16.6", "16.6.4", Legend.IOS_155),
                ("16.9", "16.9.3", Legend.IOS_157),
            )
        ),
        ImageProfile(
            name="xe-17.3",
            version="17.3",
            release="17.3.4a",
            legend=Legend.XE_17,
            nhs_legend_dynamic=True,
            nhrp=MODERN_NHRP,
            xe=True,
            filesystem=BOOTFLASH,
            logs_dmvpn=True,
            crypto_locked=True,
        ),
        ImageProfile(
            name="iol-17.15",
            version="17.15",
            release="17.15.1",
            legend=Legend.XE_17,
            nhs_legend_dynamic=True,
            nhrp=MODERN_NHRP,
            xe=True,
            filesystem=UNIX,
            logs_dmvpn=True,
            profile_change_shuts=True,
            weak_ciphers=False,
        ),
    )
}
DEFAULT_VERSION = "17.3"
ALIKE = {"15.6": "15.7"}
"""Versions that are more like a newer one: the legend of 15.6 is that of 15.7 (FORMATS.md)."""
XE_316 = ImageProfile(
    name="xe-3.16",
    version="15.5",
    release="15.5(3)S",
    legend=Legend.IOS_155,
    nhs_legend_dynamic=False,
    nhrp=LEGACY_NHRP,
    xe=True,
    filesystem=BOOTFLASH,
)
"""IOS-XE says 15.5 in its `version` line too; other lines tell it from IOS."""
LICENSED_LEVELS = ("ax", "security", "network-advantage", "network-premier")
"""Levels of `license boot level` with crypto (reference/DMVPN.md section 4, LAB.md section 1)."""


def on_hardware(image: ImageProfile, *, iol: bool) -> ImageProfile:
    """Give the image as it is on other virtual hardware of its train.

    Only IOL has ports named Ethernet0/0 (and no flash:, reference/LAB.md section 1), and it is
    not locked: the sweep on IOL 17.15 used crypto without a licence level.
    """
    if iol == (image.filesystem == UNIX):
        return image
    own = UNIX if iol else BOOTFLASH if image.xe else FLASH
    return replace(image, filesystem=own, crypto_locked=image.xe and not iol)


def image_for(version: str) -> ImageProfile:
    """Pick the profile for a `version` line, the nearest older one when it is not listed.

    One of the same major version comes before others: 16.3 is no late 15.
    """
    version = ALIKE.get(version, version)
    if version in IMAGES:
        return IMAGES[version]

    def number(text: str) -> tuple[int, ...]:
        return tuple(int(part) for part in text.split(".") if part.isdigit())

    train = [v for v in IMAGES if number(v)[:1] == number(version)[:1]] or list(IMAGES)
    older = [v for v in train if number(v) <= number(version)]
    return IMAGES[max(older, key=number) if older else min(train, key=number)]
