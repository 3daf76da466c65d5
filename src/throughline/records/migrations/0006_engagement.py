"""Stakeholders, specifications, promises, shown output, feedback, directions, learnings and personal links."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0005_assignment_place"),
    ]

    operations = [
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("note", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.CharField(max_length=200)),
            ],
            options={
                "db_table": "contact",
            },
        ),
        migrations.CreateModel(
            name="Direction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("choice", models.CharField(max_length=20)),
                ("reason", models.TextField()),
                ("next_look_on", models.DateField(null=True)),
                ("verdicts", models.JSONField()),
                ("fingerprint", models.CharField(max_length=64)),
                ("name", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "direction",
            },
        ),
        migrations.CreateModel(
            name="Feedback",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("giver_name", models.CharField(max_length=200)),
                ("came_by", models.CharField(max_length=20)),
                ("text", models.TextField()),
                ("given_at", models.DateTimeField()),
                ("triage", models.CharField(blank=True, max_length=20)),
                ("triage_note", models.TextField(blank=True)),
                ("link", models.CharField(blank=True, max_length=1000)),
                ("triaged_by", models.CharField(blank=True, max_length=200)),
                ("triaged_at", models.DateTimeField(null=True)),
                ("outcome", models.TextField(blank=True)),
                ("closed_by", models.CharField(blank=True, max_length=200)),
                ("closed_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "db_table": "feedback",
            },
        ),
        migrations.CreateModel(
            name="Learning",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("text", models.TextField()),
                ("by", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "learning",
            },
        ),
        migrations.CreateModel(
            name="Output",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("purpose", models.CharField(default="draft", max_length=20)),
                ("kind", models.CharField(max_length=20)),
                ("title", models.CharField(max_length=200)),
                ("note", models.TextField(blank=True)),
                ("link", models.CharField(blank=True, max_length=1000)),
                ("sample", models.JSONField(null=True)),
                ("fingerprint", models.CharField(max_length=64)),
                ("sharer_name", models.CharField(max_length=200)),
                ("shared_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_by", models.CharField(blank=True, max_length=200)),
                ("timeline_on", models.DateField(null=True)),
                ("timeline_note", models.TextField(blank=True)),
                ("timeline_by", models.CharField(blank=True, max_length=200)),
                ("timeline_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "db_table": "output",
            },
        ),
        migrations.CreateModel(
            name="OutputAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("answer", models.CharField(blank=True, max_length=20)),
                ("words", models.TextField(blank=True)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("fingerprint", models.CharField(blank=True, max_length=64)),
                ("answered_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "db_table": "output_answer",
            },
        ),
        migrations.CreateModel(
            name="PersonalLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("secret_hash", models.CharField(max_length=64, unique=True)),
                ("created_by", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("revoked_by", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "db_table": "personal_link",
            },
        ),
        migrations.CreateModel(
            name="Promise",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=30)),
                ("state", models.CharField(default="live", max_length=20)),
                ("created_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by", models.CharField(blank=True, max_length=200)),
                ("closed_reason", models.TextField(blank=True)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "db_table": "promise",
            },
        ),
        migrations.CreateModel(
            name="PromiseAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("is_acknowledgement", models.BooleanField()),
                ("words", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "promise_answer",
            },
        ),
        migrations.CreateModel(
            name="PromiseRecipient",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "promise_recipient",
            },
        ),
        migrations.CreateModel(
            name="PromiseVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("statement", models.TextField()),
                ("due_on", models.DateField(null=True)),
                ("value", models.JSONField(default=dict)),
                ("criterion", models.CharField(blank=True, max_length=60)),
                ("reason", models.TextField(blank=True)),
                ("giver_name", models.CharField(max_length=200)),
                ("given_at", models.DateTimeField()),
            ],
            options={
                "db_table": "promise_version",
            },
        ),
        migrations.CreateModel(
            name="ScopeChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason_kind", models.CharField(max_length=30)),
                ("reason", models.TextField()),
                ("effect_on_scope", models.TextField(blank=True)),
                ("effect_on_dates", models.TextField(blank=True)),
                ("effect_on_criteria", models.TextField(blank=True)),
                ("asker_name", models.CharField(max_length=200)),
                ("asked_at", models.DateTimeField()),
                ("state", models.CharField(default="asked", max_length=20)),
                ("decider_name", models.CharField(blank=True, max_length=200)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision_reason", models.TextField(blank=True)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "db_table": "scope_change",
            },
        ),
        migrations.CreateModel(
            name="Spec",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("state", models.CharField(default="draft", max_length=20)),
                ("content", models.JSONField(default=dict)),
                ("fingerprint", models.CharField(blank=True, max_length=64)),
                ("author_name", models.CharField(max_length=200)),
                ("started_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("submitted_at", models.DateTimeField(null=True)),
                ("settled_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "db_table": "spec",
            },
        ),
        migrations.CreateModel(
            name="SpecAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("roles", models.JSONField()),
                ("is_approval", models.BooleanField()),
                ("reason", models.TextField(blank=True)),
                ("fingerprint", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "spec_answer",
            },
        ),
        migrations.CreateModel(
            name="SpecComment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("section", models.CharField(max_length=60)),
                ("name", models.CharField(max_length=200)),
                ("text", models.TextField()),
                ("at", models.DateTimeField()),
                ("resolved_at", models.DateTimeField(null=True)),
                ("resolved_by", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "db_table": "spec_comment",
            },
        ),
        migrations.CreateModel(
            name="Stakeholder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("is_group", models.BooleanField(default=False)),
                ("business", models.CharField(blank=True, max_length=300)),
                ("need", models.TextField(blank=True)),
                ("part", models.CharField(max_length=20)),
                ("influence", models.PositiveSmallIntegerField(default=3)),
                ("interest", models.PositiveSmallIntegerField(default=3)),
                ("cadence_days", models.PositiveIntegerField(null=True)),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=200)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.CharField(blank=True, max_length=200)),
                ("ended_reason", models.TextField(blank=True)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "db_table": "stakeholder",
            },
        ),
        migrations.CreateModel(
            name="Telling",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("cause", models.CharField(max_length=200)),
                ("subject", models.CharField(max_length=300)),
                ("words", models.TextField()),
                ("how", models.CharField(max_length=20)),
                ("teller_name", models.CharField(max_length=200)),
                ("told_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("failed", models.TextField(blank=True)),
                ("read_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "telling",
            },
        ),
        migrations.AddField(
            model_name="direction",
            name="model",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="directions", to="records.mlmodel"
            ),
        ),
        migrations.AddField(
            model_name="direction",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="feedback",
            name="model",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="feedback", to="records.mlmodel"
            ),
        ),
        migrations.AddField(
            model_name="feedback",
            name="person",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="learning",
            name="model",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="learnings", to="records.mlmodel"
            ),
        ),
        migrations.AddField(
            model_name="learning",
            name="person",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="output",
            name="attachment",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="records.attachment",
            ),
        ),
        migrations.AddField(
            model_name="output",
            name="model",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="outputs", to="records.mlmodel"
            ),
        ),
        migrations.AddField(
            model_name="output",
            name="release",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="outputs",
                to="records.release",
            ),
        ),
        migrations.AddField(
            model_name="output",
            name="shared_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="outputanswer",
            name="output",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="records.output"
            ),
        ),
        migrations.AddField(
            model_name="outputanswer",
            name="person",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="personallink",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="personal_links",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="personallink",
            name="program",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="personal_links",
                to="records.program",
            ),
        ),
        migrations.AddField(
            model_name="promise",
            name="model",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="promises", to="records.mlmodel"
            ),
        ),
        migrations.AddField(
            model_name="promiseanswer",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="promiserecipient",
            name="promise",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="recipients", to="records.promise"
            ),
        ),
        migrations.AddField(
            model_name="promiseversion",
            name="given_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="promiseversion",
            name="promise",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="records.promise"
            ),
        ),
        migrations.AddField(
            model_name="promiseanswer",
            name="promise_version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="answers",
                to="records.promiseversion",
            ),
        ),
        migrations.AddField(
            model_name="scopechange",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="scopechange",
            name="decided_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="scopechange",
            name="model",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="scope_changes",
                to="records.mlmodel",
            ),
        ),
        migrations.AddField(
            model_name="spec",
            name="author",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="spec",
            name="model",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="specs", to="records.mlmodel"
            ),
        ),
        migrations.AddField(
            model_name="scopechange",
            name="next_spec",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="came_from",
                to="records.spec",
            ),
        ),
        migrations.AddField(
            model_name="scopechange",
            name="spec",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="changes_asked", to="records.spec"
            ),
        ),
        migrations.AddField(
            model_name="specanswer",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="specanswer",
            name="spec",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="records.spec"
            ),
        ),
        migrations.AddField(
            model_name="speccomment",
            name="person",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="speccomment",
            name="spec",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="comments", to="records.spec"
            ),
        ),
        migrations.AddField(
            model_name="stakeholder",
            name="model",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="stakeholders", to="records.mlmodel"
            ),
        ),
        migrations.AddField(
            model_name="stakeholder",
            name="person",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="stakeholder_of",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="promiserecipient",
            name="stakeholder",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="promises", to="records.stakeholder"
            ),
        ),
        migrations.AddField(
            model_name="promiseanswer",
            name="stakeholder",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="records.stakeholder"
            ),
        ),
        migrations.AddField(
            model_name="outputanswer",
            name="stakeholder",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="outputs", to="records.stakeholder"
            ),
        ),
        migrations.AddField(
            model_name="feedback",
            name="stakeholder",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="feedback",
                to="records.stakeholder",
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="stakeholder",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="contacts", to="records.stakeholder"
            ),
        ),
        migrations.AddField(
            model_name="telling",
            name="model",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="tellings", to="records.mlmodel"
            ),
        ),
        migrations.AddField(
            model_name="telling",
            name="stakeholder",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="tellings", to="records.stakeholder"
            ),
        ),
        migrations.AddField(
            model_name="telling",
            name="told_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="direction",
            index=models.Index(fields=["model", "at"], name="direction_at"),
        ),
        migrations.AddIndex(
            model_name="output",
            index=models.Index(fields=["model", "shared_at"], name="output_at"),
        ),
        migrations.AddIndex(
            model_name="personallink",
            index=models.Index(fields=["person", "expires_at"], name="personal_link_person"),
        ),
        migrations.AddIndex(
            model_name="promise",
            index=models.Index(fields=["model", "state"], name="promise_state"),
        ),
        migrations.AddConstraint(
            model_name="promiseversion",
            constraint=models.UniqueConstraint(fields=("promise", "number"), name="promise_version_number"),
        ),
        migrations.AddIndex(
            model_name="spec",
            index=models.Index(fields=["model", "state"], name="spec_state"),
        ),
        migrations.AddConstraint(
            model_name="spec",
            constraint=models.UniqueConstraint(fields=("model", "number"), name="spec_number"),
        ),
        migrations.AddConstraint(
            model_name="spec",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("draft", "submitted"))),
                fields=("model",),
                name="spec_one_in_work",
            ),
        ),
        migrations.AddIndex(
            model_name="scopechange",
            index=models.Index(fields=["model", "state"], name="scope_change_state"),
        ),
        migrations.AddConstraint(
            model_name="scopechange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by__isnull", True),
                    models.Q(("state", "approved"), _negated=True),
                    models.Q(("decided_by", models.F("asked_by")), _negated=True),
                    _connector="OR",
                ),
                name="scope_change_four_eyes",
            ),
        ),
        migrations.AddIndex(
            model_name="stakeholder",
            index=models.Index(fields=["person", "ended_at"], name="stakeholder_person"),
        ),
        migrations.AddConstraint(
            model_name="stakeholder",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("ended_at__isnull", True), ("is_group", False), ("person__isnull", False)
                ),
                fields=("model", "person"),
                name="stakeholder_person_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="promiserecipient",
            constraint=models.UniqueConstraint(
                fields=("promise", "stakeholder"), name="promise_recipient_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="outputanswer",
            constraint=models.UniqueConstraint(fields=("output", "stakeholder"), name="output_answer_once"),
        ),
        migrations.AddIndex(
            model_name="feedback",
            index=models.Index(fields=["model", "closed_at"], name="feedback_open"),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["stakeholder", "at"], name="contact_at"),
        ),
        migrations.AddIndex(
            model_name="telling",
            index=models.Index(fields=["model", "told_at"], name="telling_at"),
        ),
        migrations.AddConstraint(
            model_name="telling",
            constraint=models.UniqueConstraint(fields=("stakeholder", "cause"), name="telling_once"),
        ),
    ]
