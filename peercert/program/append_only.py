"""Tables to which rows are only ever added, and the triggers that guard them.

The first guard is the runtime role, which lacks UPDATE, DELETE and TRUNCATE on these tables (`peercert migrate` grants
nothing else); the triggers are the second, for whoever connects as the owner.
"""

import pgtrigger

#: Tables on which the runtime role may only SELECT and INSERT.
APPEND_ONLY = (
    "program_timelineentry",
    "program_auditentry",
    "program_opening",
    "program_determination",
    "program_ledgertransaction",
    "program_ledgerentry",
    "program_change",
    "program_reach",
    "program_apiuse",
    "program_receipt",
)

#: Tables on which the runtime role may also UPDATE the named columns, and nothing else.
UPDATE_ONLY = {
    "program_standing": ("known",),
    "program_signingkey": ("retired_at", "is_compromised", "sealed"),
}


def no_truncate() -> pgtrigger.Trigger:
    """A statement trigger that refuses TRUNCATE, which a row trigger never sees."""
    return pgtrigger.Trigger(
        name="no_truncate",
        level=pgtrigger.Statement,
        operation=pgtrigger.Truncate,
        when=pgtrigger.Before,
        func="RAISE EXCEPTION 'pgtrigger: rows of % are never removed', TG_TABLE_NAME;",
    )


def append_only() -> list[pgtrigger.Trigger]:
    """Triggers that refuse UPDATE, DELETE and TRUNCATE."""
    return [
        pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        no_truncate(),
    ]
