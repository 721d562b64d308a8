"""Addresses that are open to everyone."""

from django.urls import path

from peercert.web.public import (
    accessibility,
    achievements,
    api,
    cannot_sign_in,
    certificate,
    complaint,
    contact,
    for_organisations,
    front,
    how,
    log,
    printed_code,
    privacy,
    shared,
    verify,
    verify_file,
)

app_name = "public"

urlpatterns = [
    path("", front.front, name="front"),
    path("how-it-works/", how.how, name="how"),
    path("complaint/", complaint.complaint, name="complaint"),
    path("contact/", contact.contact, name="contact"),
    path("for-organizations/", for_organisations.for_organisations, name="for_organisations"),
    path("api/", api.api, name="api"),
    path("accessibility/", accessibility.accessibility, name="accessibility"),
    path("privacy/", privacy.privacy, name="privacy"),
    path("cannot-sign-in/", cannot_sign_in.cannot_sign_in, name="cannot_sign_in"),
    path("log/", log.log_page, name="log"),
    # what a credential's ids point at
    path("achievements/", achievements.achievements, name="achievements"),
    path("achievements/<str:code>", achievements.achievement, name="achievement"),
    path("competencies/", achievements.competencies, name="competencies"),
    path("areas/", achievements.areas, name="areas"),
    # what a holder shares
    path("shared/<str:token>/", shared.shared, name="shared"),
    path("credentials/<uuid:uuid>", shared.credential_file, name="credential_file"),
    # verifying
    path("verify/", verify.verify, name="verify"),
    path("verify/file/", verify_file.verify_file, name="verify_file"),
    path("verify/code/", printed_code.printed_code, name="printed_code"),
    path("verify/worker.js", printed_code.worker, name="worker"),
    path("verify/app.webmanifest", printed_code.manifest, name="manifest"),
    path("verify/<str:number>/", certificate.certificate, name="certificate"),
]
