"""Addresses of this door."""

from django.urls import URLPattern, path

from peercert.web.staff import (
    appeal,
    ask,
    audit,
    case,
    case_steps,
    certificate,
    determine,
    document_page,
    exam_authorisations,
    exam_case,
    exam_compare,
    exam_file,
    exams,
    history,
    letters,
    money,
    money_case,
    money_payment,
    oversee,
    providers,
    question,
    queue,
    read_id,
    recommend,
    supersede,
    tasks,
)

app_name = "staff"

urlpatterns: list[URLPattern] = [
    # the queue
    path("", queue.queue, name="queue"),
    path("queue/assign/", queue.queue_assign, name="queue_assign"),
    path("queue/views/", queue.queue_views, name="queue_views"),
    path("queue/export/", queue.queue_export, name="queue_export"),
    # one case
    path("cases/<str:number>/", case.case, name="case"),
    path("cases/<str:number>/checks/<int:check>/", case_steps.mark, name="mark"),
    path("cases/<str:number>/id/", read_id.read_id, name="read_id"),
    path("cases/<str:number>/notes/", case_steps.note, name="note"),
    path("cases/<str:number>/matches/<int:match>/", case_steps.match, name="match"),
    path("cases/<str:number>/holds/", case_steps.hold, name="hold"),
    path("cases/<str:number>/holds/<int:hold>/lift/", case_steps.lift_hold, name="lift_hold"),
    path("cases/<str:number>/assign/", case_steps.assign, name="assign"),
    path("cases/<str:number>/trainings/<uuid:training>/", case_steps.accept_training, name="accept_training"),
    path("cases/<str:number>/questions/<int:question>/", question.question, name="question"),
    path("cases/<str:number>/ask/", ask.ask, name="ask"),
    path("cases/<str:number>/ask/take-back/", ask.take_back, name="take_back"),
    path("cases/<str:number>/recommend/", recommend.recommend, name="recommend"),
    path("cases/<str:number>/determine/", determine.determine, name="determine"),
    path("cases/<str:number>/determine/send-back/", determine.send_back, name="send_back"),
    path("cases/<str:number>/put-right/", supersede.supersede, name="supersede"),
    path("cases/<str:number>/appeal/", appeal.appeal, name="appeal"),
    path("cases/<str:number>/care/", oversee.oversee, name="oversee"),
    path("cases/<str:number>/history/", history.history, name="history"),
    path("documents/<uuid:document>/<int:number>/", document_page.document_page, name="document_page"),
    # tasks, providers, audit
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/<int:task>/", tasks.task, name="task"),
    path("providers/", providers.providers, name="providers"),
    path("providers/<uuid:provider>/", providers.provider, name="provider"),
    path("audit/", audit.audit, name="audit"),
    # money
    path("money/", money.money, name="money"),
    path("money/record/", money.money_record, name="money_record"),
    path("money/payments/<uuid:payment>/", money_payment.money_payment, name="money_payment"),
    path("money/payments/<uuid:payment>/match/", money_payment.money_match, name="money_match"),
    path("cases/<str:number>/money/", money_case.money_case, name="money_case"),
    path("cases/<str:number>/money/payers/<int:coverage>/", money_case.money_take_back, name="money_take_back"),
    # certificates
    path("cases/<str:number>/certificate/", certificate.certificate, name="certificate"),
    path("cases/<str:number>/certificate/document/", certificate.certificate_file, name="certificate_file"),
    # exams
    path("exams/", exams.exams, name="exams"),
    path("exams/export/", exams.exam_export, name="exam_export"),
    path("exams/import/", exams.exam_import, name="exam_import"),
    path("exams/compare/", exam_compare.exam_compare, name="exam_compare"),
    path("exams/authorizations/", exam_authorisations.exam_authorisations, name="exam_authorisations"),
    path("exams/authorizations/<str:number>/tell/", exam_case.exam_tell_again, name="exam_tell_again"),
    path("exams/files/<uuid:file>/", exam_file.exam_file, name="exam_file"),
    path("exams/files/<uuid:file>/download/", exam_file.exam_file_download, name="exam_file_download"),
    path("exams/files/<uuid:file>/again/", exam_file.exam_try_again, name="exam_try_again"),
    path("cases/<str:number>/exam/", exam_case.exam_case, name="exam_case"),
    path("cases/<str:number>/exam/<slug:step>/", exam_case.exam_step, name="exam_step"),
    # letters
    path("letters/", letters.letters, name="letters"),
    path("letters/<uuid:letter>/", letters.letter, name="letter"),
]
