"""`peercert decide`, `schema` and `figures` as an operator and another program meet them."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peercert.cli import main
from peercert.commands import answers, schema
from peercert.commands.lines import Unfinished, answer_lines
from peercert.commands.place import line_of
from peercert.rules import figures
from tests.rules.golden import BASES, cases, changed

PEERCERT = [sys.executable, "-m", "peercert.cli"]
#: Seconds that a command may take: how long says something about the machine.
PATIENCE = 180


def peercert(*args: str, text: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*PEERCERT, *args], input=text, capture_output=True, timeout=PATIENCE, check=False)


def facts(**changes: Any) -> bytes:
    return orjson.dumps(changed("initial_apply", changes))


def test_decide_answers_one_document_as_interfaces_promise_it(tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    path.write_bytes(facts())
    done = peercert("decide", str(path))
    assert (done.returncode, done.stderr) == (0, b"")
    told = json.loads(done.stdout)
    assert list(told) == ["pathway", "question", "outcome", "governed_on", "reasons", "release"]
    assert told["outcome"] == "approve"
    adult = next(reason for reason in told["reasons"] if reason["code"] == "adult")
    assert adult == {
        "code": "adult",
        "met": True,
        "on": "2026-05-01",
        "says": "18 or older on the day of application",
        "source": "W&I Code 14045.15",
        "figure": {"name": "minimum_age", "value": 18, "from": "2021-01-01", "certainty": "confirmed"},
        "because": "Born January 1, 1990; 36 years old on May 1, 2026.",
    }


def test_decide_speaks_spanish() -> None:
    told = json.loads(peercert("decide", "-", "--lang", "es", text=facts()).stdout)
    adult = next(reason for reason in told["reasons"] if reason["code"] == "adult")
    assert adult["says"] == "Tener 18 años o más el día de la solicitud"
    assert adult["because"] == "Nació el 1 de enero de 1990; tenía 36 años el 1 de mayo de 2026."


def test_decide_on_another_day_and_under_a_reform(tmp_path: Path) -> None:
    young = facts(born_on="2009-01-01")
    assert json.loads(peercert("decide", "-", text=young).stdout)["outcome"] == "deny"
    later = json.loads(peercert("decide", "-", "--on", "2027-01-01", text=young).stdout)
    assert (later["outcome"], later["governed_on"]) == ("approve", "2027-01-01")
    reform = tmp_path / "reform.toml"
    reform.write_text("[[minimum_age]]\nfrom = 2026-01-01\nvalue = 16\n")
    assert json.loads(peercert("decide", "-", "--reform", str(reform), text=young).stdout)["outcome"] == "approve"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (b"{", ("line 1", "cut off")),
        (b"", ("line 1", "cut off")),
        (b'{"pathway": "initial",\n"question",}', ("line 2", "not JSON")),
        (facts(born_on="@").replace(b'"@"', b"NaN"), ("not JSON", "NaN")),
        (facts(name={"first": "@", "last": "b"}).replace(b"@", b"\\ud800"), ("not JSON",)),
        (facts(approval_days_given="@").replace(b'"@"', b"1e999"), ("field approval_days_given", "too large")),
        (facts(approval_days_given=10**18), ("field approval_days_given", "at most 36500")),
        (b'{"pathway":\n"initial", "name": {"first": "\xff"}}', ("line 2", "not UTF-8 at byte 42")),
        (b'{"pathway": "initial", "question": "apply", "a\\nb\\u001b[1m": 1}', ("no fact named a\\nb\\x1b[1m",)),
        (b'{"pathway": "initial", "question": "apply", "' + b"a" * 9_000 + b'": 1}', ("no fact named aaa", "aaa….")),
        (facts(name="@").replace(b'"@"', b'{"first": "a",\n\n"last": 7}'), ("line 3, field name.last",)),
        (facts(sittings=[]).replace(b"[]", b'[\n{},\n{"result": "pass"}]'), ("line 2, field sittings[0].", "missing")),
        (facts(trainings=[{"a": 1}]).replace(b'{"a', b'\n{"hors'), ("line 2, field trainings[0].hors", "mean hours?")),
        (b"[]", ("not a JSON object",)),
        (b"\xff", ("not JSON",)),
        (b"null", ("not a JSON object",)),
        (facts() + b"{}", ("--lines",)),
        (b'{"question": "apply"}', ("field pathway", "initial, grandparenting, reciprocity, portability")),
        (b'{"pathway": "military", "question": "apply"}', ("field pathway", "military", "portability")),
        (b'{"pathway": "initial", "question": "apply"}', ("field submitted_on", "--on DATE")),
        (b'{"pathway": "initial", "question": "apply", "submited_on": "2026-05-01"}', ("Did you mean submitted_on?",)),
        (facts(born_on="1990-02-30"), ("field born_on", "2026-05-01")),
        (facts(is_dedicated="yes"), ("field is_dedicated", "true, false")),
        (facts(identity=[{"kind": "passport"}]), ("field identity[0].kind", "us_passport")),
        (facts(trainings=[{"started_on": "2026-02-01", "completed_on": "2026-01-01"}]), ("trainings[0]", "is before")),
        (facts(nothing_more=["leters"]), ("field nothing_more", "Did you mean letters?")),
        (facts(accepted=[{"code": "adults", "on": "2026-05-01"}]), ("field accepted", "Did you mean adult?")),
        (orjson.dumps(changed("initial_certify", without=("submitted_on",))), ("field submitted_on", "--on DATE")),
        (facts(born_on="9990-12-31", submitted_on="9999-12-31"), ("too far in the past or the future",)),
    ],
)  # fmt: skip
def test_facts_that_cannot_be_read_are_told_in_one_sentence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], text: bytes, parts: tuple[str, ...]
) -> None:
    path = tmp_path / "facts.json"
    path.write_bytes(text)
    assert main(["decide", str(path)]) == 2
    answered, said = capfd.readouterr()
    assert answered == ""
    assert said.startswith(f"{path}: line ")
    assert said.count("\n") == 1
    for part in parts:
        assert part in said


@pytest.mark.parametrize(
    "args",
    [("decide", "/no/such/file"), ("decide", "-", "--on", "tomorrow"), ("decide", "-", "--reform", "/no/such/file"),
     ("decide", "-", "--on", "2026-02-30"), ("decide", "-", "--lang", "xx"), ("decide", "/"),
     ("decide", "--lines", "/"), ("decide", "-", "--reform", "/"), ("decide",),
     ("figures", "--topic", "weather"), ("schema", "figures")],
)  # fmt: skip
def test_wrong_options_are_told_in_one_sentence(args: tuple[str, ...]) -> None:
    done = peercert(*args)
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert b"Traceback" not in done.stderr


def test_a_mistake_is_told_in_spanish_with_its_place() -> None:
    said = peercert("decide", "-", "--lang", "es", text=facts(is_dedicated="sí")).stderr.decode()
    assert said.startswith("-: línea 1, campo is_dedicated: Aquí se espera un valor de otro tipo. Corríjalo.")


def test_a_byte_order_mark_before_the_facts_is_no_mistake() -> None:
    marked = b"\xef\xbb\xbf" + facts()
    assert json.loads(peercert("decide", "-", text=marked).stdout)["outcome"] == "approve"
    assert peercert("decide", "-", "--lines", text=marked + b"\r\n\r\n" + facts()).returncode == 0


@pytest.mark.parametrize("args", ["decide facts.json", "decide facts.json --lines", "figures", "schema facts"])
def test_a_reader_that_is_gone_and_a_full_disk_end_a_command_without_a_traceback(tmp_path: Path, args: str) -> None:
    path = tmp_path / "facts.json"
    path.write_bytes(facts())
    command = " ".join([*PEERCERT, args.replace("facts.json", str(path))])
    for sink, said in (("| true", b""), (">/dev/full", b"Standard output: No space left on device.")):
        shell = ["bash", "-c", f"set -o pipefail; {command} {sink}"]
        done = subprocess.run(shell, capture_output=True, timeout=PATIENCE, check=False)
        assert done.returncode == 1
        assert done.stderr.startswith(said)
        assert done.stderr.count(b"\n") == (1 if said else 0)


#: What a careless or ill-willed writer may put anywhere.
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates().map(str)
    | st.sampled_from(["none", "diploma", "letters", "`$`", "x - at `$.y`", "9999-12-31", "0001-01-01"]),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(st.sampled_from(["kind", "on", "\n"]), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


@settings(max_examples=600)
@given(st.data())
def test_whatever_is_given_is_answered_or_told_in_one_line(data: st.DataObject) -> None:
    document = json.loads(orjson.dumps(data.draw(st.sampled_from(list(BASES.values())))))
    for _ in range(data.draw(st.integers(1, 3))):
        part = document
        while True:
            names = list(part) if isinstance(part, dict) else list(range(len(part)))
            name = data.draw(st.sampled_from([*names, "hours", "bork"] if isinstance(part, dict) else names))
            deeper = part[name] if name in names else None
            if not deeper or not isinstance(deeper, dict | list) or data.draw(st.booleans()):
                break
            part = deeper
        part[name] = data.draw(JUNK)
    text = bytearray(json.dumps(document, ensure_ascii=data.draw(st.booleans())), "utf-8", "surrogatepass")
    for at in data.draw(st.lists(st.integers(0, len(text) - 1), max_size=2)):
        text[at] = data.draw(st.integers(0, 255))
    for lang in ("en", "es"):
        line = 1
        try:
            told = answers.answer(bytes(text), None, figures.in_force(), lang)
        except answers.Mistake as mistake:
            told, line = mistake.told(lang, 3), line_of(bytes(text), mistake.field)
        assert line >= 1
        assert orjson.dumps(told)
        for said in ("error", "mend", "field"):
            assert str(told.get(said)).isprintable()


def test_a_bad_line_is_answered_in_its_place_and_the_others_are_answered(tmp_path: Path) -> None:
    path = tmp_path / "facts.jsonl"
    path.write_bytes(b"\n".join([facts(), b"{", b"", facts(born_on="2020-01-01"), facts(bork=1)]) + b"\n")
    done = peercert("decide", str(path))
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [each.get("outcome") for each in told] == ["approve", None, "deny", None]
    assert [each.get("line") for each in told] == [None, 2, None, 5]
    assert told[3]["field"] == "bork"
    assert set(told[1]) == {"line", "error", "field", "mend"}


def test_lines_may_lack_the_last_newline_and_may_come_by_standard_input() -> None:
    done = peercert("decide", "--lines", "-", text=facts() + b"\r\n" + facts())
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 2


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[bytes]]:
    """Enough lines for several blocks, a few of them wrong, each answer told apart by its birth date."""
    lines = [facts(born_on=f"{1950 + number % 70}-01-01") if number % 501 else b"{" for number in range(6000)]
    path = tmp_path_factory.mktemp("lines") / "many.jsonl"
    path.write_bytes(b"\n".join(lines))
    return path, lines


@pytest.mark.parametrize("cores", [1, 2, 3])
@pytest.mark.parametrize("piped", [False, True])
def test_all_cores_answer_in_the_order_of_the_lines(many: tuple[Path, list[bytes]], cores: int, *, piped: bool) -> None:
    path, lines = many
    args = ("decide", "--lines", "-" if piped else str(path), "--cores", str(cores))
    done = peercert(*args, text=path.read_bytes() if piped else b"")
    assert (done.returncode, done.stderr) == (1, b"")
    told = [orjson.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == len(lines)
    for number, (each, line) in enumerate(zip(told, lines, strict=True), 1):
        if line == b"{":
            assert each["line"] == number
        else:
            adult = next(reason for reason in each["reasons"] if reason["code"] == "adult")
            assert str(1950 + (number - 1) % 70) in adult["because"]


def test_a_reader_that_goes_away_ends_the_command_quietly(many: tuple[Path, list[bytes]]) -> None:
    command = f"{sys.executable} -m peercert.cli decide {many[0]} --cores 2 | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=PATIENCE, check=False)
    assert done.stderr == b""
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize("piped", [False, True])
def test_a_line_without_end_is_told_and_does_not_fill_the_memory(tmp_path: Path, *, piped: bool) -> None:
    path = tmp_path / "facts.jsonl"
    with path.open("wb") as file:
        file.write(facts() + b"\n")
        file.seek(1 << 27, os.SEEK_CUR)
        file.write(b"\n" + facts())
    code = (
        "import resource, sys; from peercert.cli import main\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (200_000_000,) * 2)\n"
        "sys.exit(main(['decide', '--lines', sys.argv[1], '--cores', '2']))"
    )
    with path.open("rb") as file, subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE) as cat:
        command = [sys.executable, "-c", code, "-" if piped else str(path)]
        done = subprocess.run(command, stdin=cat.stdout, capture_output=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stderr) == (1, b"")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each.get("outcome") for each in told] == ["approve", None, "approve"]
    assert told[1]["line"] == 2


@pytest.mark.parametrize("piped", [False, True])
@pytest.mark.parametrize(("line", "sink", "raised"), [
    (b"die", os.devnull, Unfinished), (b"raise", os.devnull, Unfinished), (b"x", "/dev/full", OSError),
])  # fmt: skip
def test_answers_that_are_not_complete_are_never_taken_for_complete(
    tmp_path: Path, line: bytes, sink: str, raised: type[Exception], *, piped: bool
) -> None:
    def one(given: bytes) -> bytes:
        if given == b"die":
            os.kill(os.getpid(), signal.SIGKILL)
        return {b"x" * 99: given, b"x": given}[given]

    path = tmp_path / "lines"
    path.write_bytes((b"x" * 99 + b"\n") * 25_000 + line + b"\n")
    with path.open("rb") as file, subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE) as cat:
        assert cat.stdout
        source = cat.stdout.fileno() if piped else os.open(path, os.O_RDONLY)
        with pytest.raises(raised):
            answer_lines(source, os.open(sink, os.O_WRONLY), one, "en", 2)


def test_memory_does_not_grow_with_the_file(tmp_path: Path, many: tuple[Path, list[bytes]]) -> None:
    small, large = tmp_path / "small.jsonl", tmp_path / "large.jsonl"
    lines = [line for line in many[1] if line != b"{"]
    small.write_bytes(b"\n".join(lines[:3000]))
    large.write_bytes(b"\n".join(lines * 4))
    code = (
        "import resource, sys; from peercert.cli import main\n"
        "main(['decide', sys.argv[1], '--cores', '1'])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    peaks = [
        int(
            subprocess.run(
                [sys.executable, "-c", code, str(path)], capture_output=True, timeout=PATIENCE, check=True
            ).stderr
        )
        for path in (small, large)
    ]
    assert peaks[1] < peaks[0] + 8_000


def test_a_line_that_is_slow_to_come_is_answered_at_once() -> None:
    waits, gives = os.pipe()
    sink, answers_in = os.pipe()
    if (child := os.fork()) == 0:
        os.close(gives)
        answer_lines(waits, answers_in, lambda line: line[::-1], "en", 2)
        os._exit(0)
    os.write(gives, b"abc\n")
    assert os.read(sink, 100) == b"cba\n"
    os.write(gives, b"xyz")
    os.close(gives)
    assert os.read(sink, 100) == b"zyx\n"
    os.waitpid(child, 0)


def test_the_schema_describes_every_pathway_and_refuses_what_decide_refuses() -> None:
    described = schema.schema()
    validator = jsonschema.Draft202012Validator(described)
    for story in [*BASES.values(), *(case.given for case in cases())]:
        document = json.loads(orjson.dumps(story))
        validator.validate(document)
        assert not validator.is_valid({**document, "bork": 1})
        assert not validator.is_valid({**document, "question": "wonder"})
        assert not validator.is_valid({**document, "identity": [{"kind": "passport"}]})
    text = json.dumps(described)
    for pathway in ("initial", "grandparenting", "reciprocity", "portability"):
        assert f'"{pathway}"' in text
    assert json.loads(peercert("schema", "facts").stdout) == json.loads(orjson.dumps(described))


def test_figures_of_a_day_as_a_table_and_as_json() -> None:
    then = json.loads(peercert("figures", "--on", "2022-10-01", "--topic", "time", "--json").stdout)
    review = next(each for each in then if each["name"] == "review_days")
    assert (review["value"], review["from"], review["certainty"]) == (20, "2022-05-01", "confirmed")
    table = peercert("figures", "--on", "2026-05-01", "--topic", "time").stdout.decode()
    line = next(line for line in table.splitlines() if line.startswith("review_days "))
    assert line.split()[1] == "30"


def test_an_answer_has_a_reason_for_each_requirement_and_keeps_its_order() -> None:
    told = answers.answer(facts(), None, figures.in_force(), "en")
    assert [reason["code"] for reason in told["reasons"]] == [
        "pathway_open", "orientation", "self_assessment", "adult", "id_accepted", "name_matches_id", "education",
        "lived_experience", "willing_to_share", "dedication", "ethics", "application_fee", "no_unanswered_match",
    ]  # fmt: skip


def test_braces_without_end_inside_one_another_are_told_like_any_other_mistake() -> None:
    deep = b'{"a":' * 5_000
    done = peercert("decide", "-", text=deep)
    assert done.returncode == 2
    assert done.stderr.decode().startswith("-: line 1: The JSON holds braces")
    lines = peercert("decide", "-", "--lines", text=deep + b"\n" + facts())
    assert (lines.returncode, lines.stderr) == (1, b"")
    wrong, answered = map(json.loads, lines.stdout.splitlines())
    assert (wrong["line"], answered["outcome"]) == (1, "approve")
