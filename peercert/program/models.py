"""Every room's models in one place, so that Django sees one app and one migration history."""

from peercert.program.applications.models import *  # noqa: F403
from peercert.program.casework.models import *  # noqa: F403
from peercert.program.certificates.log_models import *  # noqa: F403
from peercert.program.certificates.models import *  # noqa: F403
from peercert.program.counties.models import *  # noqa: F403
from peercert.program.determinations.models import *  # noqa: F403
from peercert.program.exams.models import *  # noqa: F403
from peercert.program.money.models import *  # noqa: F403
from peercert.program.notices.models import *  # noqa: F403
from peercert.program.people.models import *  # noqa: F403
from peercert.program.people.organisations import *  # noqa: F403
from peercert.program.review.models import *  # noqa: F403
from peercert.program.rosters.models import *  # noqa: F403
from peercert.program.rosters.webhooks import *  # noqa: F403
from peercert.program.training.models import *  # noqa: F403
