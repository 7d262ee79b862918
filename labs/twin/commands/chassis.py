"""Lines about the machine that say nothing to the network: taken, printed, without effect.

Their places are those of full listings of IOSv 15.9, IOL 15.7 and CSR1000V 17.3 (captures).
"""

from labs.twin.commands.rows import Absent, Mode, quiet, row

EARLY_ROWS = (
    *quiet("mmi polling-interval / <seconds:0-65535>", section=7),
    *quiet("mmi auto-configure", "mmi pvc", absent=Absent.SHOWN, section=7),
    *quiet("mmi snmp-timeout / <seconds:0-65535>", section=7),
)
"""Behind the time zone."""
MIDDLE_ROWS = (
    *quiet("subscriber templating", section=9),
    *quiet("multilink bundle-name / <how:one(authenticated,both,endpoint)>", section=9),
)
"""Behind the logging of logins."""
MEMORY_ROWS = (
    *quiet(
        "diagnostic bootup level / <level:one(minimal,complete,bypass)>",
        "memory free low-watermark processor / <kbytes:1-4294967295>",
        section=10,
    ),
    *quiet(
        "spanning-tree mode / <mode:one(pvst,rapid-pvst,mst)>",
        "spanning-tree extend system-id",
        section=10,
    ),
)
"""Behind the licence."""
LATE_ROWS = (row("redundancy", enters="redundancy", modelled=False, section=14),)
"""Behind the users."""
SCHEDULER_ROWS = (row("scheduler allocate", absent=Absent.SHOWN, modelled=False, section=99),)
"""Behind the lines."""
CHASSIS_MODES = (
    Mode(
        name="redundancy",
        prompt="config-red",
        rows=quiet("mode / <how:one(none,rpr,rpr-plus,sso)>"),
    ),
)
