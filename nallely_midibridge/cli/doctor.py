"""``doctor [FILE]``: looks at what goes wrong on a new machine, and says what to type."""

import json
import sys
import textwrap
from collections import Counter
from pathlib import Path
from typing import Final

from nallely_midibridge.cli.config import found_config
from nallely_midibridge.doctor import Finding, Grade, Patient, diagnose
from nallely_midibridge.mapping_file import load_file
from nallely_midibridge.values.errors import MappingError

NAME_COLUMNS: Final = 10
COLUMNS: Final = 80
MARKS: Final = {Grade.OK: "ok      ", Grade.WARNING: "warning ", Grade.PROBLEM: "PROBLEM "}


def doctor(path: Path | None, as_json: bool) -> int:
    """Print a line for each finding; 1 when something is wrong, 2 when the mapping file is."""
    file = path or found_config()
    patient, problems = _read(file)
    findings = []
    for name, finding in diagnose(patient):
        findings.append((name, finding))
        if not as_json:
            print(_lines(name, finding), flush=True)
    grades = Counter(finding.grade for _, finding in findings)
    wrong = grades[Grade.PROBLEM]
    if as_json:
        print(json.dumps({"ok": not wrong, "checks": [_entry(*found) for found in findings], "problems": problems}))
    else:
        print("\n".join(problems), file=sys.stderr, end="\n" if problems else "")
        print(_summary(wrong, grades[Grade.WARNING]), flush=True)
    return 2 if problems else int(bool(wrong))


def _read(file: Path | None) -> tuple[Patient, list[str]]:
    """The patient, and what is wrong with its file."""
    if file is None:
        return Patient(), []
    try:
        return Patient(load_file(file), file), []
    except MappingError as error:
        return Patient(None, file), [str(problem) for problem in error.problems]


def _summary(problems: int, warnings: int) -> str:
    if not problems and not warnings:
        return "Nothing is wrong."
    told = f"{problems or 'no'} problem{'s' * (problems != 1)}"
    return f"{told}, {warnings} warning{'s' * (warnings != 1)}" if warnings else told


def _lines(name: str, finding: Finding) -> str:
    start = f"{MARKS[finding.grade]} {name:<{NAME_COLUMNS}}"
    indent = " " * len(start)
    wrap = textwrap.TextWrapper(
        COLUMNS, initial_indent=start, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    said = wrap.fill(finding.text)
    return f"{said}\n{indent}-> {finding.advice}" if finding.advice else said


def _entry(name: str, finding: Finding) -> dict[str, str | None]:
    return {"check": name, "grade": finding.grade.value, "text": finding.text, "type": finding.advice or None}
