"""The form in which somebody hands over what they were given, to have it verified."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from peercert.gateways import presented
from peercert.web.ui.fields import UploadField

_ACCEPTED = (".json", ".jsonld", ".jwt", ".txt", ".pdf", "image/png", "image/jpeg", "image/heic")


class FileForm(forms.Form):
    """A file, or the text of one."""

    #: One of the fields has to be answered, whichever: none of them is called optional.
    needs_one = True
    file = UploadField(
        label=gettext_lazy("File or photo"),
        help_text=gettext_lazy(
            "A digital credential (JSON, JWT or PDF), a receipt, "
            "or a photo or screenshot of the square code on a certificate."
        ),
        accept=_ACCEPTED,
        required=False,
    )
    text = forms.CharField(
        label=gettext_lazy("Or its text"),
        help_text=gettext_lazy("What the square code holds, or the text of a credential."),
        max_length=200_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"}),
    )

    def clean_file(self) -> Any:
        """Not larger than what a phone's photo needs."""
        sent = self.cleaned_data.get("file")
        if sent and sent.size > presented.MOST_BYTES:
            raise forms.ValidationError(_("This file is larger than 15 MB. Take a photo of the square code alone."))
        return sent

    def clean(self) -> dict[str, Any]:
        """One of both."""
        given = super().clean() or {}
        if not self.errors and not given.get("file") and not given.get("text"):
            raise forms.ValidationError({"file": _("Choose a file or take a photo, or enter the text.")})
        return given

    @property
    def content(self) -> bytes:
        """What was given."""
        sent = self.cleaned_data["file"]
        return bytes(sent.read()) if sent else str(self.cleaned_data["text"]).encode()
