"""How a file that is sent arrives: in memory alone, so that no unsealed copy lies on a disk, and not too much."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import defaults

#: How many of the largest files one request may bring; whoever sends more is not filling in a form of ours.
_LARGEST = 5


class InMemory(MemoryFileUploadHandler):
    """Holds each file up to the largest that we take, and of a larger one only how large it was."""

    held = 0

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        """For a request of any length."""
        self.activated = True

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Keep a piece, or let it go where the file is too large already. Raises RequestDataTooBig."""
        if start + len(raw_data) <= settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            self.held += len(raw_data)
            if self.held > _LARGEST * settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
                raise RequestDataTooBig("more files than a form of ours takes")
            self.file.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        """The file with its true size: who reads it looks at that first."""
        self.file.seek(0)
        return InMemoryUploadedFile(
            file=self.file, field_name=self.field_name, name=self.file_name, content_type=self.content_type,
            size=file_size, charset=self.charset, content_type_extra=self.content_type_extra,
        )  # fmt: skip


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for what cannot be read: 413 with its mend where it was too much, else 400."""
    if isinstance(exception, RequestDataTooBig):
        return render(request, "413.html", status=413)
    return defaults.bad_request(request, exception)
