"""Who resolved a finding and who settled it, what it reopens, when a review was opened and what it was about."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0010_data"),
    ]

    operations = [
        migrations.AddField(
            model_name="compliancereview",
            name="opened_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="compliancereview",
            name="subject",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="finding",
            name="held_by",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="finding",
            name="reason",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="finding",
            name="reopens",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reopened",
                to="records.finding",
            ),
        ),
        migrations.AddField(
            model_name="finding",
            name="resolved_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="finding",
            name="resolved_by",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="finding",
            name="resolver",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
