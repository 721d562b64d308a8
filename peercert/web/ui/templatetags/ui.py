"""Template tags that draw the parts; each is listed with its parameters in docs/look.md."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django import template
from django.forms import BaseForm, BaseFormSet
from django.forms.boundfield import BoundField
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from peercert import words
from peercert.web.ui.parts import Chip, Event, Kind, Row, Step, Task

register = template.Library()

ICONS: dict[Kind, str] = {
    "done": "check_circle",
    "yours": "arrow_forward",
    "waiting": "schedule",
    "problem": "error",
    "neutral": "remove",
}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """One icon of the sheet; silent to screen readers unless it carries a label of its own."""
    href = f"{static('icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="pc-icon" role="img" aria-label="{}"><use href="{}"></use></svg>',
            label,
            href,
        )
    return format_html(
        '<svg class="pc-icon" aria-hidden="true" focusable="false"><use href="{}"></use></svg>',
        href,
    )


@register.simple_tag
def status(kind: Kind, word: str) -> SafeString:
    """A status tag: a word, an icon and a colour that only repeats what they say."""
    return format_html(
        '<span class="pc-status pc-status--{}">{}<span>{}</span></span>',
        kind if kind in ICONS else "neutral",
        icon(ICONS.get(kind, "remove")),
        word,
    )


@register.simple_block_tag
def alert(content: str, kind: str = "info", heading: str = "", live: bool = False) -> str:
    """A message about the page as a whole: info, success, warning or error."""
    return render_to_string(
        "ui/alert.html",
        {"content": content, "kind": kind, "heading": heading, "live": live},
    )


@register.simple_block_tag
def callout(content: str, heading: str, by: str = "") -> str:
    """What the reader must do next, in gold; at most one a page."""
    return render_to_string("ui/callout.html", {"content": content, "heading": heading, "by": by})


@register.simple_block_tag
def empty_state(content: str, heading: str) -> str:
    """What stands where a list would be: why it is empty, and one next step as content."""
    return render_to_string("ui/empty_state.html", {"content": content, "heading": heading})


@register.simple_block_tag
def table(
    content: str,
    caption: str,
    count: str = "",
    stacked: bool = True,
    sticky: bool = False,
    hide_caption: bool = False,
) -> str:
    """A table around its `<thead>` and `<tbody>`; each `<td data-label>` names its column for phones."""
    return render_to_string(
        "ui/table.html",
        {
            "content": content,
            "caption": caption,
            "count": count,
            "stacked": stacked,
            "sticky": sticky,
            "hide_caption": hide_caption,
        },
    )


@register.inclusion_tag("ui/summary_list.html")
def summary_list(rows: Iterable[Row]) -> dict[str, Any]:
    """Question and answer pairs, each with a link to change it where there is one."""
    return {"rows": rows}


@register.inclusion_tag("ui/step_indicator.html")
def step_indicator(steps: list[Step], label: str = "") -> dict[str, Any]:
    """Where a person is in a row of steps, said in words as well."""
    at = next((i for i, step in enumerate(steps, 1) if step.state == "current"), len(steps))
    return {"steps": steps, "at": at, "total": len(steps), "label": label}


@register.inclusion_tag("ui/task_list.html")
def task_list(tasks: Iterable[Task]) -> dict[str, Any]:
    """The sections of an application, each with its status."""
    return {"tasks": tasks}


@register.inclusion_tag("ui/timeline.html")
def timeline(events: Iterable[Event]) -> dict[str, Any]:
    """What happened, in the order given, as a spine."""
    return {"events": events}


@register.inclusion_tag("ui/process_list.html")
def process_list(stages: Iterable[Any], level: int = 3) -> dict[str, Any]:
    """Numbered stages with a heading each, for telling how something goes before it starts."""
    return {"stages": stages, "level": level}


@register.inclusion_tag("ui/chips.html")
def chips(filters: Iterable[Chip], label: str, clear_url: str = "") -> dict[str, Any]:
    """Filters as links, so that they live in the address and work without a script."""
    return {"filters": filters, "label": label, "clear_url": clear_url}


@register.inclusion_tag("ui/pagination.html")
def pagination(next_url: str = "", first_url: str = "", shown: str = "") -> dict[str, Any]:
    """Key-based paging: back to the start, or on to the next page."""
    return {"next_url": next_url, "first_url": first_url, "shown": shown}


@register.inclusion_tag("ui/age.html")
def age(days: int, allowed: int, word: str = "") -> dict[str, Any]:
    """How much of the days allowed is used, as a bar beside the number; beyond them the bar is full and says so."""
    return {"days": days, "allowed": allowed, "share": min(days, allowed), "is_over": days > allowed, "word": word}


@register.inclusion_tag("ui/error_summary.html")
def error_summary(*forms: BaseForm | BaseFormSet[Any]) -> dict[str, Any]:
    """Everything that needs a second look, each linked to its field; nothing where all is well."""
    errors: list[tuple[str, str]] = []
    for form in forms:
        for one in form.forms if isinstance(form, BaseFormSet) else [form]:
            if not one.is_bound:
                continue
            errors += [("", str(words)) for words in one.non_field_errors()]
            for field in one:
                errors += [(first_control(field), f"{field.label}: {words}") for words in field.errors]
        if isinstance(form, BaseFormSet) and form.is_bound:
            errors += [("", str(words)) for words in form.non_form_errors()]
    return {"errors": errors}


@register.inclusion_tag("ui/forms/field.html")
def question(field: BoundField, size: str = "l") -> dict[str, Any]:
    """One field whose label is the heading of the page."""
    return {"field": field, "as_heading": True, "size": size}


@register.inclusion_tag("ui/autosave/status.html", takes_context=True)
def autosave_status(context: template.Context, saved_at: datetime | None = None) -> dict[str, Any]:
    """The line that tells when answers were saved; put it once near the top of an autosaving form."""
    return {"saved_at": saved_at, "request": context.get("request")}


@register.filter
def first_control(field: BoundField) -> str:
    """The id of the control that a link to this field should reach."""
    if not field.auto_id:
        return ""
    widget = field.field.widget
    found = field.id_for_label
    if not found and field.use_fieldset:
        found = widget.id_for_label(str(field.auto_id), "0")
    return found or str(field.auto_id)


def day_words(value: date) -> str:
    """`May 1, 2026` or `1 de mayo de 2026`, in the reader's language."""
    return words.day(value, reader())


def clock_words(value: datetime) -> str:
    """`3:14 PM` or `3:14 p. m.` in the program's own time zone."""
    return words.clock(value, reader())


def reader() -> str:
    """The language of this page: `en` or `es`."""
    return "es" if (get_language() or "en").startswith("es") else "en"


@register.filter
def day(value: date | datetime | None) -> str:
    """A day in words inside a `<time>` that machines read; empty where there is none."""
    if not value:
        return ""
    on = timezone.localtime(value).date() if isinstance(value, datetime) else value
    return format_html('<time datetime="{}">{}</time>', on.isoformat(), words.day(on, reader()))


@register.filter
def moment(value: datetime | None) -> str:
    """A day with its time and zone in words."""
    if not value:
        return ""
    here = timezone.localtime(value)
    return format_html(
        '<time datetime="{}">{}</time>', here.isoformat(timespec="seconds"), words.moment(value, reader())
    )


@register.filter
def clock(value: datetime | None) -> str:
    """The time of day alone."""
    return words.clock(value, reader()) if value else ""


@register.filter
def number(spoken: str | None) -> str:
    """A number that people speak, on one line."""
    return format_html('<span class="pc-number">{}</span>', spoken) if spoken else ""


@register.filter
def money(cents: int | None) -> str:
    """`$1,234.50` for 123450 cents, the same in both languages; empty where no amount is known."""
    return "" if cents is None or cents == "" else words.money(cents)
