"""Extensions that the tables need: exclusion constraints over numbers and ranges, trigram search over name words.

Here and not among the program's migrations, whose first one must make the account: other apps' tables point to it.
"""

from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies: list[tuple[str, str]] = []
    run_before = [("program", "0001_initial")]
    operations = [BtreeGistExtension(), TrigramExtension()]
