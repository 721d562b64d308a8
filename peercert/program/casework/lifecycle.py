"""The table of stages and verbs: the only places a case can go. Drawn into docs/lifecycle.md by a test.

Waiting is not a stage: whether we wait for a payment, an answer, a result, and who must act, is derived from dues,
requests and clocks. A verb that keeps the stage is listed too, so that the table refuses it everywhere else.
"""

from types import MappingProxyType

#: Stages in which a case is over. Some of them have a way back; it is in the table.
CLOSED = frozenset({"certified", "denied", "not_completed", "withdrawn", "ended"})

APPLICATION: MappingProxyType[tuple[str, str], str] = MappingProxyType(
    {
        # the applicant's draft
        ("draft", "submit"): "submitted",
        ("draft", "discard"): "withdrawn",
        # what an earlier register had decided, taken over as it stands
        ("draft", "take_over_approval"): "approved",
        ("draft", "take_over_certificate"): "certified",
        # submitted: we wait for the payment, or for a payer
        ("submitted", "begin_review"): "review",
        ("submitted", "withdraw"): "withdrawn",
        ("submitted", "expire"): "not_completed",
        # review, with the loop "ask for more"
        ("review", "ask"): "review",
        ("review", "take_back_request"): "review",
        ("review", "answer"): "review",
        ("review", "mark"): "review",
        ("review", "recommend"): "recommended",
        ("review", "withdraw"): "withdrawn",
        ("review", "expire"): "not_completed",
        ("review", "suspend_review"): "submitted",  # its payment came back
        # recommended: another officer decides
        ("recommended", "send_back"): "review",
        ("recommended", "suspend_review"): "submitted",
        ("recommended", "approve"): "approved",
        ("recommended", "deny"): "denied",
        ("recommended", "withdraw"): "withdrawn",
        # approved: training, exam, certificate, within the twelve months
        ("approved", "give_training"): "approved",
        ("approved", "accept_training"): "approved",
        ("approved", "ask"): "approved",
        ("approved", "take_back_request"): "approved",
        ("approved", "answer"): "approved",
        ("approved", "mark"): "approved",
        ("approved", "lapse_request"): "approved",  # an unanswered request about training closes; the months run on
        ("approved", "agree_to_ethics"): "approved",
        ("approved", "answer_accommodation"): "approved",
        ("approved", "decide_accommodation"): "approved",
        ("approved", "ask_for_retake"): "approved",
        ("approved", "authorise"): "approved",
        ("approved", "cancel_authorisation"): "approved",
        ("approved", "book"): "approved",
        ("approved", "record_result"): "approved",
        ("approved", "certify"): "certified",
        ("approved", "withdraw"): "withdrawn",
        ("approved", "end"): "ended",
        # the ways back, each by its own verb and with its reason
        ("not_completed", "reopen"): "review",
        ("not_completed", "reopen_unpaid"): "submitted",
        ("ended", "record_result"): "ended",  # a result that comes late; revive follows where the law says so
        ("ended", "revive"): "approved",
        ("certified", "record_result"): "certified",  # a changed result: a task, never a change of standing
        # a wrong determination is superseded, never edited
        ("approved", "supersede_with_denial"): "denied",
        ("ended", "supersede_with_denial"): "denied",
        ("denied", "supersede_with_approval"): "approved",
        ("certified", "supersede_with_denial"): "certified",  # corrects the record, ends nothing: opens a task
        ("denied", "record_appeal"): "denied",
        ("approved", "record_appeal"): "approved",  # against a refused accommodation
        ("ended", "record_appeal"): "ended",
        ("certified", "record_appeal"): "certified",
    }
)

STAGES = tuple(dict.fromkeys(stage for stage, _ in APPLICATION)) + ("withdrawn",)
VERBS = tuple(dict.fromkeys(verb for _, verb in APPLICATION))


def allowed(stage: str) -> tuple[str, ...]:
    """The verbs that a case in this stage can take."""
    return tuple(verb for (from_stage, verb) in APPLICATION if from_stage == stage)
