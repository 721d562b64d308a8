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
    "program_statuslist",
    "program_logcheckpoint",
)

#: Tables on which the runtime role may also UPDATE the named columns, and nothing else.
UPDATE_ONLY = {
    "program_standing": ("known",),
    "program_specialization": ("known",),
    "program_credential": ("superseded_at",),
    "program_signingkey": ("retired_at", "is_compromised", "sealed"),
    "program_logfact": ("position",),
    "program_logtile": ("hashes",),
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


def added_until_old(column: str) -> list[pgtrigger.Trigger]:
    """Triggers of a log whose rows go one day: none is changed, and none that is younger than a year is removed.

    The runtime role may remove none at all: it asks the database's own function (`DESTROY_OLD_USES`).
    """
    return [
        pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update),
        no_truncate(),
        pgtrigger.Trigger(
            name="only_old_ones_go",
            when=pgtrigger.Before,
            operation=pgtrigger.Delete,
            func=f"""
                IF OLD.{column} > clock_timestamp() - interval '1 year' THEN
                    RAISE EXCEPTION 'rows of % stay for a year at least', TG_TABLE_NAME;
                END IF;
                RETURN OLD;
                """,
        ),
    ]


#: What the database removes for the runtime role, which may not: the oldest of the log of API use, at most so many.
DESTROY_OLD_USES = """
CREATE FUNCTION destroy_old_uses(before timestamptz, most int) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (
        DELETE FROM program_apiuse WHERE id IN (
            SELECT id FROM (SELECT id, at FROM program_apiuse ORDER BY id LIMIT most) AS oldest
            WHERE at < least(before, clock_timestamp() - interval '1 year'))
        RETURNING 1)
    SELECT count(*)::int FROM gone
$$
"""


def two_times(noun: str, table: str, *columns: str) -> list[pgtrigger.Trigger]:
    """Triggers of a history over two times (`valid` days, `known` moments) of a certificate: a row is added as known
    from now on, and only its `known` may be closed, once. `columns` are those that say what the row is about.
    """
    new, old = (", ".join(f"{row}.{column}" for column in ("id", "certificate_id", *columns)) for row in ("NEW", "OLD"))
    return [
        pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
        no_truncate(),
        pgtrigger.Trigger(
            name="known_is_true",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            func=f"""
                IF lower(NEW.known) IS NULL OR NOT lower_inc(NEW.known) OR upper(NEW.known) IS NOT NULL THEN
                    RAISE EXCEPTION 'a {noun} is known from a moment on, with no end';
                END IF;
                IF lower(NEW.known) > clock_timestamp() + interval '5 minutes' THEN
                    RAISE EXCEPTION 'a {noun} cannot be known from a future time';
                END IF;
                IF EXISTS (SELECT 1 FROM {table} WHERE certificate_id = NEW.certificate_id
                           AND lower(known) > lower(NEW.known)) THEN
                    RAISE EXCEPTION 'a {noun} cannot be known from before the newest one';
                END IF;
                RETURN NEW;
                """,  # noqa: S608 - names of ours, never anything typed
        ),
        pgtrigger.Trigger(
            name="only_known_closes",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            func=f"""
                IF ({new}, NEW.valid, lower(NEW.known))
                   IS DISTINCT FROM ({old}, OLD.valid, lower(OLD.known))
                   OR upper(OLD.known) IS NOT NULL OR upper(NEW.known) IS NULL THEN
                    RAISE EXCEPTION 'only the known span of a {noun} may be closed, once';
                END IF;
                IF upper(NEW.known) > clock_timestamp() + interval '5 minutes' THEN
                    RAISE EXCEPTION 'a {noun} cannot be closed at a future time';
                END IF;
                IF EXISTS (SELECT 1 FROM {table} WHERE certificate_id = NEW.certificate_id
                           AND lower(known) > upper(NEW.known)) THEN
                    RAISE EXCEPTION 'a {noun} cannot be closed before the newest one was known';
                END IF;
                RETURN NEW;
                """,  # noqa: S608 - names of ours, never anything typed
        ),
    ]
