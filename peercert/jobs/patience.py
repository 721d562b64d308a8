"""Jobs that need a signature are tried again for as long as an outside signer is down, and soon after it is back."""

from procrastinate import RetryDecision, RetryStrategy
from procrastinate.jobs import Job

from peercert.gateways.signer.keys import SignerDown

#: The longest pause between two tries, as a power of two seconds: about four minutes.
_LONGEST = 8


class Patient(RetryStrategy):
    """Like every job where its own work fails; without end where only the signer is down."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When to try again; None for never."""
        if isinstance(exception, SignerDown):
            return RetryDecision(retry_in={"seconds": 2 ** min(job.attempts + 1, _LONGEST)})
        return super().get_retry_decision(exception=exception, job=job)
