"""An index that leads to the duties held for a whole program, without the thousands held on its models."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0004_identities")]

    operations = [
        migrations.AlterField(
            model_name="assignment",
            name="program",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="assignments",
                to="records.program",
            ),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(fields=["program", "model"], name="assignment_place"),
        ),
    ]
