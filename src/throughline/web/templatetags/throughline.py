"""Template tags and filters: icons, marks of state, people, time, charts and safe markdown."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from throughline.core.stages import STAGE_TITLES, MoveKind, Stage
from throughline.web import charts, drawings, sentences, words
from throughline.web import markdown as markdown_reader

register = template.Library()


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """`size` is empty (20 px), s (16 px) or l (36 px)."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        f" {size}" if size else "",
        _sprite(),
        name,
    )


@register.simple_tag
def status(key: object, word: str = "") -> SafeString:
    return _badge(words.mark(words.STATUSES, key), word)


@register.simple_tag
def promise(key: object, word: str = "") -> SafeString:
    """What a promise is worth, or what somebody answered to it."""
    return _badge(words.mark(words.PROMISES, key), word)


@register.simple_tag
def access(key: object) -> SafeString:
    """What a request for access to data is worth."""
    return _badge(words.mark(words.ACCESS, key), "")


@register.simple_tag
def assessment(state: str, judgement: str) -> SafeString:
    """How an assessment stands, or what somebody made of it."""
    return _badge(words.mark(words.ASSESSMENTS, judgement or state), "")


@register.simple_tag
def sensitivity(key: object) -> SafeString:
    return _badge(words.mark(words.SENSITIVITIES, key), "", " bare")


@register.simple_tag
def tested(key: object) -> SafeString:
    """How a test of data goes, or what it or one of its rules came to."""
    return _badge(words.mark(words.TESTS, key), "")


@register.simple_tag
def contract(key: object, word: str = "") -> SafeString:
    """Where a contract or one of its versions stands, or how much a change weighs."""
    return _badge(words.mark(words.CONTRACTS, key), word)


@register.simple_tag
def standing(key: object) -> SafeString:
    return _badge(words.mark(words.STANDINGS, key), "", " bare")


@register.simple_tag
def tier(key: object) -> SafeString:
    mark = words.mark(words.TIERS, key) if key else words.Mark("No risk tier", "unknown", "unknown")
    return _badge(mark, "", " bare")


@register.simple_tag
def badge(word: str, icon_name: str, tone: str = "") -> SafeString:
    return _badge(words.Mark(word, icon_name, tone), "")


@register.simple_tag
def stage(key: str) -> SafeString:
    title = STAGE_TITLES[Stage(key)] if key in list(Stage) else str(key)
    return format_html('<span class="stage-mark {}"><i></i>{}</span>', key, title)


@register.simple_tag
def person(name: str, as_icon: bool = False, note: str = "") -> SafeString:
    """A name with its initials; nobody is drawn as an empty place."""
    if not name:
        return format_html(
            '<span class="person nobody"><i aria-hidden="true">–</i><span>{}</span></span>', note or "Nobody"
        )
    label = "" if as_icon else format_html('<span class="cut">{}</span>', name)
    return format_html(
        '<span class="person h{}"><i aria-hidden="true">{}</i>{}</span>',
        words.hue(name),
        words.initials(name),
        label,
    )


@register.simple_tag
def meter(statuses: Iterable[str], label: str = "") -> SafeString:
    """One segment per check, in the order met, waived, unknown, unmet; what is not needed is left out."""
    order = ("met", "waived", "unknown", "unmet")
    known = [str(status) for status in statuses]
    counts = [(name, known.count(name)) for name in order]
    said = label or ", ".join(
        f"{count} {words.STATUSES[name].word.lower()}" for name, count in counts if count
    )
    segments = format_html_join(
        "", '<i class="{}"></i>', ((name,) for name, count in counts for _ in range(count))
    )
    return format_html(
        '<span class="meter" role="img" aria-label="{}">{}</span>', said or "No checks", segments
    )


@register.simple_tag
def gauge(statuses: Iterable[str]) -> SafeString:
    """A small meter with its figures, for lists."""
    asked = [str(status) for status in statuses if status != "not_needed"]
    if not asked:
        return format_html("")
    done = sum(status in ("met", "waived") for status in asked)
    return format_html(
        '<span class="gauge">{}<span class="small nowrap">{} of {}</span></span>',
        meter(asked),
        done,
        len(asked),
    )


@register.simple_tag(takes_context=True)
def when(context: Context, instant: datetime | None, form: str = "") -> SafeString:
    """How long ago; on hover the time in the reader's zone and in UTC. `full` shows both in the text."""
    if instant is None:
        return mark_safe('<span class="muted">never</span>')
    local = timezone.localtime(instant)
    absolute = f"{local:%-d %b %Y, %H:%M}"
    said = words.relative(instant, context.get("now") or timezone.now())
    utc = instant.astimezone(UTC)
    text = {"full": f"{absolute} ({said})", "date": f"{local:%-d %b %Y}", "time": f"{local:%H:%M}"}.get(
        form, said
    )
    title = f"{absolute} {local.tzname()} · {utc:%Y-%m-%d %H:%M} UTC"
    kind = mark_safe(' class="long"') if form == "full" else ""
    return format_html('<time datetime="{}" title="{}"{}>{}</time>', instant.isoformat(), title, kind, text)


@register.simple_tag(takes_context=True)
def day(context: Context, value: date | None, form: str = "") -> SafeString:
    """A date without a time: the same for every reader. `relative` adds how far away it is."""
    if value is None:
        return mark_safe('<span class="muted">no date</span>')
    text = f"{value:%-d %b %Y}"
    if form == "relative":
        today = timezone.localtime(context.get("now") or timezone.now()).date()
        text = f"{text}, {words.relative_day(value, today)}"
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)


@register.filter
def at(found: Mapping[int | str, object], key: int | str) -> object | None:
    """What a mapping holds under a key that only the template knows."""
    return found.get(key) if found else None


@register.filter
def move_kind(key: str) -> str:
    return MoveKind(key).label if key in list(MoveKind) else key


@register.filter
def lasted(span: timedelta) -> str:
    return words.lasted(span)


@register.filter
def markdown(text: str) -> SafeString:
    return mark_safe(f'<div class="prose">{markdown_reader.to_html(text)}</div>')  # noqa: S308 - cleaned above


@register.filter
def plain(text: str) -> str:
    return markdown_reader.to_text(text)


@register.filter
def breakable(name: str) -> SafeString:
    """A key or a registered name, which may be broken after a dot or an underscore and not inside a word."""
    parts = re.split(r"(?<=[._])(?=\w)", name)
    return format_html_join(mark_safe("<wbr>"), "{}", ((part,) for part in parts))


@register.filter
def readable(text: str) -> str:
    """A sentence of the core: its days and the parts it names as people read them."""
    return sentences.readable(text)


@register.filter
def number(value: float | None) -> str:
    """No number is said in words, so that one bad value never hides a page."""
    return "not measured" if value is None else charts.spell(value)


@register.simple_tag
def chart(drawing: drawings.Chart, form: str = "") -> SafeString:
    """`spark` draws a line in the text; `bare` leaves the title to the page."""
    if form == "spark":
        return render_to_string("parts/charts/spark.html", {"chart": drawing})
    context = {"chart": drawing, "template": f"parts/charts/{drawing.kind}.html", "is_bare": form == "bare"}
    return render_to_string("parts/charts/frame.html", context)


def _badge(mark: words.Mark, word: str, extra: str = "") -> SafeString:
    return format_html(
        '<span class="badge {}{}">{}{}</span>', mark.tone, extra, icon(mark.icon), word or mark.word
    )


@cache
def _sprite() -> str:
    return static("icons.svg")


@register.filter
def parted(words: object) -> tuple[str, str]:
    """The name of a choice, and what follows its colon."""
    name, _, rest = str(words).partition(": ")
    return name, rest[:1].upper() + rest[1:]


@register.filter
def once(names: Iterable[str]) -> list[str]:
    """Each name once, in their order."""
    return list(dict.fromkeys(names))
