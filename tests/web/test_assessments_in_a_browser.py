"""Assessments as people look at them: seen being read, in both themes, at phone width, and without scripts."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.conf import LazySettings
from django.utils import timezone

from tests.looks import in_all_looks
from tests.make import World
from throughline.actions import assessments
from throughline.queries.access import system_actor
from throughline.records.assessments import Assessment
from throughline.records.data_sources import DataSource

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def orders(rows: int, seed: int, **moved: float) -> pd.DataFrame:
    """Orders of a shop, with what goes wrong in such tables."""
    draw = np.random.default_rng(seed)
    amount = np.round(draw.lognormal(3.2 + moved.get("amount", 0.0), 0.7, rows), 2)
    frame = pd.DataFrame(
        {
            "order_id": np.arange(rows) + 100_000,
            "placed_at": pd.Timestamp("2026-01-01")
            + pd.to_timedelta(draw.integers(0, 60 * 24 * 90, rows), "m"),
            "amount": amount,
            "items": draw.poisson(3, rows) + 1,
            "region": draw.choice(["north", "south", "west", "east"], rows, p=[0.5, 0.25, 0.15, 0.1]),
            "segment": draw.choice(["retail", "business", "online"], rows),
            "discount": np.where(
                draw.random(rows) < 0.62 + moved.get("missing", 0.0), np.nan, draw.random(rows) / 2
            ),
            "email": [f"c{number}@example.org" for number in draw.integers(0, rows, rows)],
            "is_gift": draw.random(rows) < 0.12,
            "currency": "EUR",
            "note": None,
            "delivery_days": np.clip(draw.normal(4, 1.5, rows), 0, 14).round(),
            "warehouse_temperature_in_degrees_celsius": draw.normal(4, 0.6, rows),
        }
    )
    frame.loc[draw.random(rows) < 0.04, "region"] = None
    return pd.concat([frame, frame.iloc[:37]])


@pytest.fixture
def world(transactional_db: None, settings: LazySettings, tmp_path: Path) -> World:
    settings.DATA_DIR, settings.DATA_FOLDERS = tmp_path / "data", (tmp_path,)
    return World(now=timezone.now() - timedelta(days=9))


@pytest.fixture
def source(world: World) -> DataSource:
    model = world.model()
    return world.source("Orders of the web shop", model, location={"kind": "files", "path": "orders.parquet"})


def read(world: World, source: DataSource, folder: Path, frame: pd.DataFrame) -> Assessment:
    frame.to_parquet(folder / "orders.parquet")
    row = assessments.start_assessment(actor=world.actor(world.pm), source_id=source.pk, now=world.now)
    work(world, row)
    row.refresh_from_db()
    return row


def work(world: World, row: Assessment) -> None:
    assessments.run_assessment(actor=system_actor("worker"), assessment_id=row.pk, now=world.now)


def test_a_file_is_brought_seen_being_read_looked_at_and_judged_by_somebody_else(
    world: World, source: DataSource, enter: Callable[..., Any], tmp_path: Path
) -> None:
    orders(800, 1).to_csv(tmp_path / "orders.csv", index=False)
    page = enter(world.pm, f"/sources/{source.pk}")
    page.click("text=Assess it")
    page.set_input_files("[name=file]", tmp_path / "orders.csv")
    page.click("button:has-text('Assess it')")
    page.wait_for_selector("text=It waits for a worker")
    row = Assessment.objects.get()
    work(world, row)
    page.wait_for_selector("text=What strikes")
    page.wait_for_selector("text=somebody else accepts it")
    assert page.locator("button[value=accept]").count() == 0
    other = enter(world.leader, f"/assessments/{row.pk}")
    other.click("button[value=accept]")
    assert other.locator("text=It is good enough").count() == 0
    other.fill("[name=reason]", "The discount is missing where there was none.")
    other.click("button[value=accept]")
    other.wait_for_selector("text=It is evidence for each model")


@in_all_looks
def test_the_pages_hold_in_both_themes_and_on_a_phone(
    world: World, source: DataSource, enter: Callable[..., Any], tmp_path: Path, shot: Callable[..., Any],
    axe: Callable[[Any], list[str]], theme: str, width: int,
) -> None:  # fmt: skip
    first = read(world, source, tmp_path, orders(3_000, 1))
    world.later(days=7)
    second = read(world, source, tmp_path, orders(3_400, 2, amount=0.5, missing=0.08).drop(columns="segment"))
    pages = {
        "page": f"/assessments/{second.pk}",
        "compare": f"/assessments/{second.pk}/compare?with={first.pk}",
        "list": f"/sources/{source.pk}/assessments",
        "new": f"/sources/{source.pk}/assessments/new",
        "source": f"/sources/{source.pk}",
    }
    for name, path in pages.items():
        page = enter(world.leader, path, theme=theme, width=width)
        shot(page, f"assessment-{name}-{theme}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
            f"{name} is wider than the window"
        )
        assert axe(page) == [], name


def test_everything_is_there_without_scripts(
    world: World, source: DataSource, enter: Callable[..., Any], tmp_path: Path
) -> None:
    orders(300, 1).to_parquet(tmp_path / "orders.parquet")
    page = enter(world.pm, f"/sources/{source.pk}/assessments/new", java_script_enabled=False)
    page.click("button:has-text('Assess it')")
    assert "It waits for a worker" in page.content()
    row = Assessment.objects.get()
    work(world, row)
    page.reload()
    assert "What strikes" in page.content()
    page = enter(world.leader, f"/assessments/{row.pk}", java_script_enabled=False)
    page.fill("[name=reason]", "Half of the discounts are missing.")
    page.click("button[value=reject]")
    assert "You rejected it" in page.content()
