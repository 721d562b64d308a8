"""Addresses that are open to everyone."""

from django.urls import path

from peercert.web.public import accessibility, complaint, contact, front, how, privacy

app_name = "public"

urlpatterns = [
    path("", front.front, name="front"),
    path("how-it-works/", how.how, name="how"),
    path("complaint/", complaint.complaint, name="complaint"),
    path("contact/", contact.contact, name="contact"),
    path("accessibility/", accessibility.accessibility, name="accessibility"),
    path("privacy/", privacy.privacy, name="privacy"),
]
