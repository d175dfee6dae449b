# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of clients as spreadsheets, editors and programs write them: CSV, YAML or JSON. Private to this collection.

What is wrong with one client is a fault of that client, and the others are read. An encoding is never guessed: two of
them give other names to the same octets.
"""

from __future__ import annotations

import collections
import contextlib
import csv
import functools
import io
import itertools
import json
import re
import typing as t
from dataclasses import dataclass

from .._arguments import encodings, texts

with contextlib.suppress(ImportError):  # Ansible brings it, on the controller, where filters run
    import yaml

Client = dict[str, t.Any]

SAVE = "Save the list as UTF-8, in a spreadsheet program as CSV UTF-8."
# Columns that hold several values, and what may be between these. A comma can be a part of a URI.
_LISTS = {"dns_names": r"[\s;|,、，；]+", "email_addresses": r"[\s;|,、，；]+", "uris": r"[\s;|、，；]+"}
_SEPARATORS = (",", ";", "\t")
_NAMES = ("name", "common_name")
# Columns with lines of their own, and with any characters.
_UNCHECKED = ("csr", "pkcs12_passphrase")
# Characters that nobody sees, which would make two names of one: soft hyphen, zero width space, marks of direction,
# fillers, byte order mark; and the mark for lost characters. Joiners (U+200C, U+200D) are a part of words.
_INVISIBLE = re.compile(
    "[\u00ad\u115f\u1160\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\u2800\u3164\ufeff\uffa0\ufffd]"
)
_SPREADSHEET_ERROR = re.compile(r"#(N/A|REF!|NAME\?|VALUE!|DIV/0!|NUM!|NULL!|SPILL!|CALC!|#+)")
_ROUNDED_NUMBER = re.compile(r"-?\d([.,]\d+)?E[+-]?\d+")
# How YAML and JSON begin, after blank lines and comments. Each line is matched in one way only: with more than one, the
# time doubles with every blank line.
_YAML = re.compile(r"([^\S\n]*(#.*)?\n)*[^\S\n]*(---|- |\[|\{|clients\s*:)")
# How files begin that are no text: ZIP (XLSX, ODS, Numbers), OLE (XLS), PDF.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")


class ListError(Exception):
    """Raised for a list of which nothing can be read."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with one client. ``place``: such as ``Row 3, column 2 (name)``, ``message``: the rest."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place} {self.message}"


class ClientList(t.NamedTuple):
    """The clients that can be issued, and what is wrong with the others."""

    clients: list[Client]
    faults: list[Fault]


def decode(content: bytes, encoding: str | None = None) -> str:
    """Return the text in ``content``, in the encoding of its byte order mark, else in ``encoding``, else in UTF-8.

    Raises ListError.
    """
    if content.startswith(_WORKBOOKS):
        raise ListError(f"It is a workbook or document, not a text file. {SAVE}")
    marked, rest = encodings.split_mark(content)
    if marked:
        encoding, content = marked, rest
    try:
        text = content.decode(_known(encoding or "utf-8"))
    except UnicodeDecodeError as error:
        raise _undecodable(content, encoding, error) from None
    except UnicodeError:  # of codecs that do not say where
        raise ListError(f"The list is not {(encoding or 'UTF-8').upper()}. {SAVE}") from None
    if "\0" in text.partition("\n")[0]:
        raise ListError(f"Line 1 of the list holds a NUL character: it is UTF-16 without a mark, or no text. {SAVE}")
    return text


def _known(encoding: str) -> str:
    try:
        "".encode(encoding)
    except (LookupError, ValueError):
        raise ListError(f"There is no encoding {encoding!r}. Give one such as utf-8, gb18030 or cp1252.") from None
    return encoding


def _undecodable(content: bytes, encoding: str | None, error: UnicodeDecodeError) -> ListError:
    before = content[: error.start].decode(error.encoding, errors="replace")
    line, column = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1
    other = (
        "" if encoding else " Or name its encoding, such as gb18030 of Excel in Chinese, or cp1252 of Excel in English."
    )
    return ListError(
        f"Line {line}, character {column} of the list is not {(encoding or 'UTF-8').upper()}"
        f" (octet 0x{content[error.start]:02x}). {SAVE}{other}"
    )


def read(text: str) -> ClientList:
    """Return the clients in ``text``: CSV with a header, YAML or JSON. Raises ListError."""
    text = text.removeprefix("\ufeff")
    if _YAML.match(text):
        items = _from_yaml(text)
        return _collected((f"Client {number}", functools.partial(_named, item)) for number, item in enumerate(items, 1))
    return _from_csv(text)


def _collected(items: t.Iterable[tuple[str, t.Callable[[], Client | None]]]) -> ClientList:
    """Return the clients that the functions return, and as faults what they raise; None is left out."""
    clients, faults = [], []
    for place, make in items:
        try:
            client = make()
        except _FaultError as error:
            faults.append(Fault(place + error.where, str(error)))
        else:
            clients += [client] if client else []
    return ClientList(clients, faults)


class _FaultError(Exception):
    """Raised for one client. ``where``: the column, as the end of its place."""

    def __init__(self, message: str, where: str = "") -> None:
        super().__init__(message)
        self.where = where


def _from_yaml(text: str) -> list[t.Any]:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        # The error itself would quote the list, which may hold passphrases.
        mark = getattr(error, "problem_mark", None)
        place = f"Line {mark.line + 1}, character {mark.column + 1} of the list" if mark else "The list of clients"
        raise ListError(f"{place} is not valid YAML: {getattr(error, 'problem', None) or 'it ends early'}.") from None
    clients = found.get("clients") if isinstance(found, dict) else found
    if not isinstance(clients, list):
        raise ListError(
            "The list of clients is not a list and has none under the key 'clients'. Write it as a YAML list."
        )
    return clients


def _from_csv(text: str) -> ClientList:
    separator, text = _separator(text)
    rows = _rows(text, separator)
    columns: list[str] = []
    for _number, row in rows:
        if isinstance(row, csv.Error):
            raise ListError(f"The first line of the list is not valid CSV: {row}.")
        if columns := [column.strip() for column in row]:
            break
    _check_columns(columns)
    return _collected((f"Row {number}", functools.partial(_from_row, row, columns)) for number, row in rows)


def _separator(text: str) -> tuple[str, str]:
    """Return the separator, and the text without the line in which spreadsheet programs name it."""
    if named := re.match(r"\s*\"?sep=(.)\"?[,;\t ]*(\r\n|\r|\n)", text, re.IGNORECASE):
        return named[1], text[named.end() :]
    header = re.split(r"[\r\n]", text.lstrip(), maxsplit=1)[0]
    return max(_SEPARATORS, key=header.count), text


def _rows(text: str, separator: str) -> t.Iterator[tuple[int, list[str] | csv.Error]]:
    """Yield the numbers of rows, as a spreadsheet shows them, and their cells; without the blank rows.

    The last item is a csv.Error if the text ends there: where the next row begins cannot be known.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    for number in itertools.count(1):
        try:
            row = next(reader, None)
        except csv.Error as error:
            yield number, error
            return
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield number, row


def _check_columns(columns: t.Sequence[str]) -> None:
    named = [column for column in columns if column]
    if {*_NAMES} & {*named} and len(named) == len({*named}):
        return
    full_width = " Full-width commas do not separate columns." if re.search("[，；、]", "".join(named)) else ""
    twice = [column for column, times in collections.Counter(named).items() if times > 1]
    found = f" Twice in it: {', '.join(twice)}." if twice else ""
    raise ListError(
        "The first line of the list does not name its columns, each once, with 'name' or 'common_name'."
        f"{found}{full_width}"
    )


def _from_row(row: list[str] | csv.Error, columns: t.Sequence[str]) -> Client | None:
    """Return the client of a row. Raises _FaultError."""
    if isinstance(row, csv.Error):
        raise _FaultError(f"is not valid CSV: {row}. Neither this row nor any after it is read.")
    client: Client = {}
    for number, cell in enumerate(row, 1):
        column = columns[number - 1] if number <= len(columns) else ""
        value = cell.strip()
        if not value:
            continue
        if not column:
            raise _FaultError("has a value, and the column has no name in the first line.", f", column {number}")
        if fault := _fault(column, value):
            raise _FaultError(fault, f", column {number} ({column})")
        client[column] = [part for part in re.split(_LISTS[column], value) if part] if column in _LISTS else value
    return _named(client)


def _fault(column: str, value: str) -> str | None:
    """Return what is wrong with the ``value`` of a column, as the end of a sentence; None if nothing is."""
    if column in _UNCHECKED:
        return None
    # Line breaks separate the values of a list.
    text = re.sub(r"[\r\n\t]", " ", value) if column in _LISTS else value
    if character := texts.control_character(text):
        return f"holds a line break or another control character ({character}). Write it in one line."
    if found := _INVISIBLE.search(value):
        return f"holds the invisible or lost character U+{ord(found[0]):04X}. Type the text again."
    if _SPREADSHEET_ERROR.fullmatch(value):
        return f"is {value}, an error of the spreadsheet. Correct the formula."
    if column in _NAMES and _ROUNDED_NUMBER.fullmatch(value):
        return f"is {value}, to which the spreadsheet has shortened a number. Format the column as text."
    return None


def _named(client: t.Any) -> Client:
    """Return a client with name and common_name, each of which defaults to the other; a text is such a name.

    Raises _FaultError.
    """
    if isinstance(client, str):
        client = {"name": client}
    if not isinstance(client, dict) or not any(_filled(client.get(field)) for field in _NAMES):
        raise _FaultError("has neither a name nor a common_name. Give it one.")
    for field in _NAMES:
        value = client.get(field)
        if not isinstance(value, (str, type(None))):
            # YAML reads 007 as 7 and yes as true, so that the name is lost.
            raise _FaultError(f"has the {field} {as_yaml(value)}, which is no text. Write it in quotes.")
        if value and (
            fault := "is blank. Give it a value, or leave it out." if not value.strip() else _fault(field, value)
        ):
            raise _FaultError(f"has a {field} that {fault}")
    name = client.get("name") or client["common_name"]
    return {**client, "name": name, "common_name": client.get("common_name") or name}


def _filled(value: t.Any) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)


def as_yaml(value: t.Any) -> str:
    """Return ``value`` as YAML would have it, in one line, for messages."""
    return json.dumps(value, ensure_ascii=False, default=str)
