"""Bodies of Sonarr, Radarr, Lidarr, Readarr, Sportarr and scripts, and the expected paths.

Bodies and names are those of the programs' own sources, of the test data of autoscan and autopulse, and of users'
reports.
"""

from .generic import GENERIC
from .lidarr import LIDARR
from .radarr import RADARR
from .readarr import READARR
from .samples import SAMPLES
from .sonarr import SONARR

ALL = {
    "sample": SAMPLES,
    "sonarr": SONARR,
    "radarr": RADARR,
    "lidarr": LIDARR,
    "readarr": READARR,
    "generic": GENERIC,
}
