"""Which duty an import gave to the owner of a row, so that undoing it ends exactly that."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0010_data")]

    operations = [
        migrations.AddField(
            model_name="importrow",
            name="assignment",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="import_rows",
                to="records.assignment",
            ),
        ),
    ]
