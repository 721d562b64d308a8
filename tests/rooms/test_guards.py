"""What the database itself refuses, whatever the program asks."""

import pytest
from django.db import ProgrammingError, connection, transaction

from peercert.program.append_only import APPEND_ONLY, UPDATE_ONLY

pytestmark = pytest.mark.database("guards")


def _try(statement: str) -> str:
    with pytest.raises(ProgrammingError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    return str(refused.value)


@pytest.mark.parametrize("table", [*APPEND_ONLY, *UPDATE_ONLY])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_program_may_not_change_or_remove_what_is_only_added_to(db: None, table: str, statement: str) -> None:
    assert "permission denied" in _try(statement.format(table))


@pytest.mark.parametrize("statement", ["CREATE TABLE mine (id int)", "ALTER TABLE program_case ADD mine int"])
def test_the_program_makes_no_tables(db: None, statement: str) -> None:
    assert "permission denied" in (said := _try(statement)) or "must be owner" in said


def test_the_program_cannot_write_the_history_of_migrations(db: None) -> None:
    assert "permission denied" in _try("DELETE FROM django_migrations")


def test_the_program_does_not_own_a_table_nor_the_right_to_take_one(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relkind = 'r' AND pg_get_userbyid(relowner) = current_user"
        )
        assert cursor.fetchone() == (0,)
