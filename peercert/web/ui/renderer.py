"""Draws Django forms with the parts of this folder, so that a page writes `{{ form.name.as_field_group }}`.

The widgets' own templates stand under `web/templates/django/forms/widgets/`, where they shadow Django's by name.
"""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class UswdsRenderer(TemplatesSetting):
    """The FORM_RENDERER of every form on this site."""

    form_template_name = "ui/forms/form.html"
    formset_template_name = "ui/forms/formset.html"
    field_template_name = "ui/forms/field.html"
