"""JSON Lines through all cores: constant memory, answers in the order of the lines.

Workers are forked and stand in a ring. Each takes every n-th block of lines, answers it, waits for its turn, writes to
the output itself and hands the turn on, with the number of lines so far; so no byte of an answer passes through a
second process. A regular file is read by the workers where they need it; a pipe is dealt out by the parent.
"""

import errno
import os
import stat
import struct
import sys
from collections.abc import Callable, Iterator
from functools import partial

import orjson

from peercert.commands.answers import Mistake

BLOCK = 1 << 18
#: So many pieces of one line are kept: no facts are longer, and a file without a newline must not fill the memory.
LONGEST = 64
#: What is answered in this process before others are worth starting.
ALONE = 1 << 20
#: A line to its answer, without the newline. Raises Mistake.
Answer = Callable[[bytes], bytes]
_TURN = struct.Struct("<QQ")
_SIZE = struct.Struct("<Q")
#: How a process ends besides 0, all answered, and 1, some lines wrong.
GONE, FULL, FAILED = 2, 3, 4


class Unfinished(Exception):
    """A process was ended before its last line: the answers are not complete."""


def answer_lines(source: int, sink: int, one: Answer, lang: str, cores: int) -> bool:
    """Answers every line of the descriptor `source` on `sink`; true where each could be answered.

    A line that cannot is answered by line, error, field and mend. Blank lines are left out. Raises BrokenPipeError
    where the reader went away, OSError where the disk is full, and Unfinished.
    """
    state = os.fstat(source)
    if stat.S_ISREG(state.st_mode):
        start = os.lseek(source, 0, os.SEEK_CUR)
        if cores > 1 and state.st_size - start > ALONE:
            mine = partial(_own_blocks, source, start, state.st_size, cores)
            return _ended(_ring(cores, sink, one, lang, mine, (0, 0)))
        return _write_all(_read_blocks(source), sink, one, lang, (0, 0))[1] == 0
    blocks, turn, seen = _read_blocks(source), (0, 0), 0
    for block in blocks:
        turn = _write_all(iter([block]), sink, one, lang, turn)
        seen += len(block)
        if cores > 1 and seen > ALONE:
            return _deal(blocks, cores, sink, one, lang, turn)
    return turn[1] == 0


def _answered(block: bytes, one: Answer, lang: str) -> tuple[list[bytes], int, list[tuple[int, int, Mistake]]]:
    """The answers of a block, its number of lines, and the places of those that need their line's number."""
    answers: list[bytes] = []
    wrong: list[tuple[int, int, Mistake]] = []
    lines = block.split(b"\n")
    if not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines, 1):
        if not line or line.isspace():
            continue
        try:
            answers.append(one(line))
        except Mistake as mistake:
            wrong.append((len(answers), number, mistake))
            answers.append(b"")
    return answers, len(lines), wrong


def _finish(block: bytes, one: Answer, lang: str, turn: Callable[[], tuple[int, int]], sink: int) -> tuple[int, int]:
    """Answer a block, wait for the turn, write; gives the lines and the mistakes so far."""
    answers, count, wrong = _answered(block, one, lang)
    before, mistakes = turn()
    for place, number, mistake in wrong:
        answers[place] = orjson.dumps(mistake.told(lang, before + number))
    if answers:
        answers.append(b"")
        _write(sink, b"\n".join(answers))
    return before + count, mistakes + len(wrong)


def _write_all(blocks: Iterator[bytes], sink: int, one: Answer, lang: str, turn: tuple[int, int]) -> tuple[int, int]:
    for block in blocks:
        now = turn
        turn = _finish(block, one, lang, lambda now=now: now, sink)  # type: ignore[misc]
    return turn


def _write(sink: int, text: bytes) -> None:
    view = memoryview(text)
    while view:
        view = view[os.write(sink, view) :]


def _read_blocks(source: int) -> Iterator[bytes]:
    """Whole lines as they come; the last one may lack its newline."""
    rest: list[bytes] = []
    while piece := os.read(source, BLOCK):
        cut = piece.rfind(b"\n") + 1
        if cut:
            yield b"".join([*rest, piece[:cut]])
            rest = [piece[cut:]] if cut < len(piece) else []
        elif len(rest) <= LONGEST:  # what is cut off is no JSON, wherever it was cut
            rest.append(piece if len(rest) < LONGEST else b"\0")
    if rest:
        yield b"".join(rest)


def _own_blocks(source: int, start: int, size: int, cores: int, k: int) -> Iterator[bytes]:
    """Every `cores`-th block of a file, from the k-th: the lines that begin inside it."""
    for at in range(start + k * BLOCK, size, cores * BLOCK):
        first = at if at == start else _next_line(source, at - 1, size)
        last = _next_line(source, min(at + BLOCK, size) - 1, size)
        yield _read(source, first, min(last - first, LONGEST * BLOCK)) if first < last else b""


def _next_line(source: int, at: int, size: int) -> int:
    """Where the next line begins after the first newline at or after `at`."""
    while at < size:
        piece = os.pread(source, 1 << 16, at)
        found = piece.find(b"\n")
        if found >= 0:
            return at + found + 1
        if not piece:
            break
        at += len(piece)
    return size


def _read(source: int, at: int, count: int) -> bytes:
    pieces = []
    while count > 0 and (piece := os.pread(source, count, at)):
        pieces.append(piece)
        at, count = at + len(piece), count - len(piece)
    return b"".join(pieces)


def _ring(
    cores: int, sink: int, one: Answer, lang: str, blocks: Callable[[int], Iterator[bytes]], turn: tuple[int, int]
) -> list[int]:
    """Fork the workers and hand the first its turn."""
    pipes = [os.pipe() for _ in range(cores)]
    os.write(pipes[0][1], _TURN.pack(*turn))
    workers = []
    for k in range(cores):
        worker = os.fork()
        if worker == 0:
            _keep_open(pipes, k)
            _work(blocks(k), pipes[k][0], pipes[(k + 1) % cores][1], sink, one, lang)
        workers.append(worker)
    for ends in pipes:
        os.close(ends[0])
        os.close(ends[1])
    return workers


def _deal(blocks: Iterator[bytes], cores: int, sink: int, one: Answer, lang: str, turn: tuple[int, int]) -> bool:
    """The same for a pipe: the parent, itself forked into no worker, deals the blocks out one after the other."""
    hands = [os.pipe() for _ in range(cores)]

    def dealt(k: int) -> Iterator[bytes]:
        for number, ends in enumerate(hands):
            if number != k:
                os.close(ends[0])
        while head := _exactly(hands[k][0], _SIZE.size):
            yield _exactly(hands[k][0], _SIZE.unpack(head)[0])

    dealer = os.fork()
    if dealer == 0:
        for ends in hands:
            os.close(ends[0])
        try:
            for number, block in enumerate(blocks):
                _write(hands[number % cores][1], _SIZE.pack(len(block)) + block)
        except BrokenPipeError:
            os._exit(GONE)
        os._exit(0)
    for ends in hands:
        os.close(ends[1])
    workers = _ring(cores, sink, one, lang, dealt, turn)
    for ends in hands:
        os.close(ends[0])
    return _ended([*workers, dealer]) and turn[1] == 0


def _keep_open(pipes: list[tuple[int, int]], k: int) -> None:
    """Close the ends of the ring that are others', so that a worker that dies is noticed by the next."""
    for number, (reading, writing) in enumerate(pipes):
        if number != k:
            os.close(reading)
        if number != (k + 1) % len(pipes):
            os.close(writing)


def _work(blocks: Iterator[bytes], waits: int, hands_on: int, sink: int, one: Answer, lang: str) -> None:
    """A worker's life. Ends the process."""
    code = 0
    try:
        for block in blocks:
            before: list[int] = []

            def turn(before: list[int] = before) -> tuple[int, int]:
                told = _exactly(waits, _TURN.size)
                if not told:
                    os._exit(GONE)
                lines, mistakes = _TURN.unpack(told)
                before.append(mistakes)
                return lines, mistakes

            lines, mistakes = _finish(block, one, lang, turn, sink)
            code = max(code, int(mistakes > before[0]))
            try:
                os.write(hands_on, _TURN.pack(lines, mistakes))
            except BrokenPipeError:
                break  # the next worker has had its last block
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(GONE)
    except BaseException as unforeseen:  # noqa: BLE001
        if isinstance(unforeseen, OSError) and unforeseen.errno == errno.ENOSPC:
            os._exit(FULL)
        sys.stderr.write(f"peercert decide: {unforeseen!r}\n")
        os._exit(FAILED)
    os._exit(code)


def _exactly(source: int, count: int) -> bytes:
    """So many bytes, or none where the other end was closed."""
    pieces = []
    while count > 0:
        piece = os.read(source, count)
        if not piece:
            return b""
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def _ended(processes: list[int]) -> bool:
    """Wait for all. True where no line was wrong; raises where the answers are not complete, by the first cause."""
    codes = {os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in processes}
    if FULL in codes:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if codes - {0, 1, GONE}:
        raise Unfinished
    if GONE in codes:
        raise BrokenPipeError
    return codes == {0}
