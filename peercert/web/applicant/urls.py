"""Addresses of this door."""

from django.urls import URLPattern, path

from peercert.web.applicant import (
    accommodation,
    agree_to_ethics,
    ask,
    certificate,
    check,
    claim,
    credential,
    document_page,
    download,
    eligibility,
    exam,
    fees,
    home,
    leave,
    letters,
    notice,
    npi,
    orientation,
    others_see,
    papers,
    question_group,
    request,
    rows,
    self_assessment,
    sharing,
    start,
    status,
    submitted,
    tasks,
    training,
    watchers,
)

app_name = "applicant"

urlpatterns: list[URLPattern] = [
    # one's own place, and the way in
    path("", home.home, name="home"),
    path("eligibility/", eligibility.eligibility, name="eligibility"),
    path("start/", start.start, name="start"),
    path("orientation/", orientation.orientation, name="orientation"),
    path("orientation/<int:chapter>/", orientation.chapter, name="chapter"),
    path("self-assessment/", self_assessment.self_assessment, name="self_assessment"),
    # everything held about oneself
    path("copy/", download.download, name="download"),
    # a record of the register before this one
    path("claim/", claim.claim, name="claim"),
    # documents
    path("documents/<uuid:document>/<int:number>/", document_page.document_page, name="document_page"),
    # certificates
    path("certificates/<str:number>/", certificate.certificate, name="certificate"),
    path("certificates/<str:number>/document/", certificate.certificate_file, name="certificate_file"),
    path("certificates/<str:number>/watchers/", watchers.watchers, name="watchers"),
    path("certificates/<str:number>/npi/", npi.npi, name="npi"),
    path("certificates/<str:number>/credential.jwt", credential.credential_jwt, name="credential_jwt"),
    path("certificates/<str:number>/card.png", credential.card, name="card"),
    path("certificates/<str:number>/sharing/", sharing.sharing, name="sharing"),
    path("certificates/<str:number>/others-see/", others_see.others_see, name="others_see"),
    # a draft, and the ways out of an application
    path("<uuid:case>/", tasks.tasks, name="tasks"),
    path("<uuid:case>/check/", check.check, name="check"),
    path("<uuid:case>/submitted/", submitted.submitted, name="submitted"),
    path("<uuid:case>/discard/", leave.discard, name="discard"),
    path("<uuid:case>/status/", status.status, name="status"),
    path("<uuid:case>/request/", request.request, name="request"),
    path("<uuid:case>/ask/", ask.ask, name="ask"),
    path("<uuid:case>/notice/<int:task>/", notice.notice, name="notice"),
    path("<uuid:case>/withdraw/", leave.withdraw, name="withdraw"),
    path("<uuid:case>/reapply/", leave.reapply, name="reapply"),
    path("<uuid:case>/papers/<slug:kind>/", papers.given_papers, name="papers"),
    # letters and fees
    path("letters/", letters.letters, name="letters"),
    path("letters/<uuid:letter>/", letters.letter, name="letter"),
    path("<uuid:case>/fees/", fees.fees, name="fees"),
    # training and exam
    path("<uuid:case>/training/", training.training, name="training"),
    path("<uuid:case>/exam/", exam.exam, name="exam"),
    path("<uuid:case>/exam/accommodation/", accommodation.accommodation, name="accommodation"),
    path("<uuid:case>/exam/ethics/", agree_to_ethics.agree_to_ethics, name="agree_to_ethics"),
    path("<uuid:case>/exam/retake/", exam.retake, name="retake"),
    # last: a slug of any question group
    path("<uuid:case>/<slug:group>/", question_group.question_group, name="question_group"),
    path("<uuid:case>/<slug:group>/<uuid:row>/", rows.row, name="row"),
]
