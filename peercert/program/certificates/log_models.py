"""The transparency log: what was said of a certificate, the tiles of the tree, the signed checkpoints."""

import pgtrigger
from django.db import models

from peercert.program.append_only import append_only, no_truncate
from peercert.program.certificates.models import Certificate

__all__ = ["LogCheckpoint", "LogFact", "LogTile"]


class LogFact(models.Model):
    """One change of a certificate as the log binds it: what strangers were told from then on, and the rows behind it.

    `entry` is SHA-256(salt ‖ SHA-256(secret ‖ kept) ‖ public). `salt` and `public` are given out while they say what
    the verify page says today; `secret` and `kept` never. `position` is the fact's place in the tree, given once.
    """

    holds = "legal name as it was, standing and days of a certificate"

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="facts")
    kind = models.CharField(max_length=16)
    at = models.DateTimeField()
    public = models.TextField()
    kept = models.TextField()
    salt = models.BinaryField()
    secret = models.BinaryField()
    entry = models.BinaryField()
    position = models.BigIntegerField(null=True, unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["at", "id"], condition=models.Q(position=None), name="facts_to_append"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            no_truncate(),
            pgtrigger.Trigger(
                name="entry_binds_it",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                IF NEW.position IS NOT NULL THEN
                    RAISE EXCEPTION 'a fact gets its position from the appender';
                END IF;
                IF length(NEW.salt) <> 32 OR length(NEW.secret) <> 32 OR NEW.entry IS DISTINCT FROM
                   sha256(NEW.salt || sha256(NEW.secret || convert_to(NEW.kept, 'UTF8'))
                          || convert_to(NEW.public, 'UTF8')) THEN
                    RAISE EXCEPTION 'the entry does not bind this fact';
                END IF;
                RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="only_placed",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                IF OLD.position IS NOT NULL OR NEW.position IS NULL OR
                   (NEW.id, NEW.certificate_id, NEW.kind, NEW.at, NEW.public,
                        NEW.kept, NEW.salt, NEW.secret, NEW.entry)
                   IS DISTINCT FROM
                   (OLD.id, OLD.certificate_id, OLD.kind, OLD.at, OLD.public,
                        OLD.kept, OLD.salt, OLD.secret, OLD.entry) THEN
                    RAISE EXCEPTION 'a fact may only be given its position, once';
                END IF;
                RETURN NEW;
                """,
            ),
        ]


class LogTile(models.Model):
    """Up to 256 hashes of one level of the tree, side by side (C2SP tlog-tiles). It fills from the left."""

    holds = "nothing about people: hashes"

    level = models.PositiveSmallIntegerField()
    place = models.BigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "place"], name="one_tile_a_place")]
        triggers = [
            pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
            no_truncate(),
            pgtrigger.Trigger(
                name="only_grows",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                IF length(NEW.hashes) = 0 OR length(NEW.hashes) > 8192 OR length(NEW.hashes) % 32 <> 0 THEN
                    RAISE EXCEPTION 'a tile has 1 to 256 hashes of 32 bytes';
                END IF;
                IF TG_OP = 'UPDATE' THEN
                    IF (NEW.id, NEW.level, NEW.place) IS DISTINCT FROM (OLD.id, OLD.level, OLD.place)
                       OR length(NEW.hashes) <= length(OLD.hashes)
                       OR substring(NEW.hashes FROM 1 FOR length(OLD.hashes)) <> OLD.hashes THEN
                        RAISE EXCEPTION 'a tile only grows, and no hash in it changes';
                    END IF;
                END IF;
                RETURN NEW;
                """,
            ),
        ]


class LogCheckpoint(models.Model):
    """The signed head of the tree at one size, as a C2SP signed note; one for each size, key and name of the log."""

    holds = "nothing about people: a hash and a signature"

    size = models.BigIntegerField()
    root = models.BinaryField()
    kid = models.CharField(max_length=40)
    note = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "size", "kid", models.Func("note", models.Value("\n"), models.Value(1), function="split_part"),
                name="one_checkpoint_a_size_key_and_name",
            )
        ]  # fmt: skip
        triggers = append_only()

    @property
    def name(self) -> str:
        """The name under which the log signed it: the site's address then."""
        return self.note.partition("\n")[0]
