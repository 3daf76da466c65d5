"""What a stakeholder's record said before each change, so that a dossier of the past shows them as they stood."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0008_output_subject")]

    operations = [
        migrations.CreateModel(
            name="StakeholderChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("is_group", models.BooleanField()),
                ("business", models.CharField(blank=True, max_length=300)),
                ("need", models.TextField(blank=True)),
                ("part", models.CharField(max_length=20)),
                ("influence", models.PositiveSmallIntegerField()),
                ("interest", models.PositiveSmallIntegerField()),
                ("cadence_days", models.PositiveIntegerField(null=True)),
                ("until", models.DateTimeField()),
                ("changed_by", models.CharField(max_length=200)),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "stakeholder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="records.stakeholder",
                    ),
                ),
            ],
            options={
                "db_table": "stakeholder_change",
                "indexes": [models.Index(fields=["stakeholder", "until"], name="stakeholder_change_until")],
            },
        ),
    ]
