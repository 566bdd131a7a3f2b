"""In German: texts, mnemonics and the decimal comma, on screen as everywhere."""

import os
import subprocess

from desktop import Vireo

# A locale of its own: those of the system are the administrator's choice.
folder = os.path.join(os.environ["XDG_RUNTIME_DIR"], "locales")
os.makedirs(folder)
subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", f"{folder}/de_DE.UTF-8"], check=True, timeout=60)
os.environ.update(LOCPATH=folder, LC_ALL="de_DE.UTF-8", LANGUAGE="de")

with Vireo("--demo", "--show-domain-performance", "gitlab") as vireo:
    vireo.wait_log("machines listed")
    vireo.focus()
    vireo.sees("Läuft", "Übersicht", "Speicher", "Herunterfahren")
    vireo.sees("6,0 GiB von 12,0 GiB")
    vireo.sees("Alle Maschinen", "Vor der Verbindung von Vireo")
    vireo.keys("ctrl+w", "ctrl+shift+n")
    vireo.sees("Host hinzufügen", "Abbrechen")
    vireo.keys("Escape")
    vireo.alive()
