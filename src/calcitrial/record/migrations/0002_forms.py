"""Indexes for what every page asks: all forms of one kind (who may do what, locks), and what somebody entered today."""

from django.db import migrations


class Migration(migrations.Migration):
    """Two indexes."""

    dependencies = (("record", "0001_record"),)
    operations = (
        migrations.RunSQL(
            "CREATE INDEX record_current_form ON record_current (study, form)", "DROP INDEX record_current_form"
        ),
        migrations.RunSQL(
            "CREATE INDEX record_submission_author ON record_submission (study, author, at)",
            "DROP INDEX record_submission_author",
        ),
    )
