"""The demo opens, its list is filled, and the search filters it."""

from desktop import Vireo

with Vireo("--demo") as vireo:
    vireo.wait_log("machines listed")
    vireo.sees("web-1", "db-primary", "old-intranet", "Running", "Paused", "Crashed")
    vireo.focus()
    vireo.keys("ctrl+f")
    vireo.type("tag:database")
    vireo.sees_not("old-intranet")
    vireo.sees("db-primary", "db-replica")
    vireo.keys("Escape")
    vireo.sees("old-intranet")
    vireo.alive()
