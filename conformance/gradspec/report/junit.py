"""Write a Report as JUnit XML, for the services that draw test results from it.

A testsuite is a backend and a testcase a spec. Departures are failures, our own errors are errors,
what is unsupported is skipped with its reason. Programs that depart have a testcase each; all
others, of which there may be a million, share one.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from . import words
from .model import BackendRow, Cell, Departure, Report


def junit(report: Report) -> bytes:
    """The XML document, in UTF-8."""
    root = ET.Element("testsuites", name="gradspec")
    suites = [_suite(report, backend) for backend in report.backends]
    root.extend(suites)
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    root.set("time", f"{sum(backend.seconds for backend in report.backends):.3f}")
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _suite(report: Report, backend: BackendRow) -> ET.Element:
    suite = ET.Element("testsuite", name=backend.id, timestamp=report.started)
    properties = ET.SubElement(suite, "properties")
    for name, value in backend.info.versions.items():
        ET.SubElement(properties, "property", name=name, value=value)
    witnesses = {f.case: d for f in report.findings for d in f.departures if d.backend == backend.id}
    for row in report.specs:
        if backend.id in row.cells:
            cell = row.cells[backend.id]
            case = ET.SubElement(suite, "testcase", classname=row.chapter, name=row.id, time=f"{cell.seconds:.3f}")
            _outcome(case, cell, witnesses.get(f"spec:{row.id}"))
    for finding in report.findings:
        if finding.kind == "program" and finding.case in witnesses:
            found = witnesses[finding.case]
            case = ET.SubElement(
                suite, "testcase", classname="programs", name=finding.name, time=f"{found.cell.seconds:.3f}"
            )
            _outcome(case, found.cell, found)
    others = backend.programs.checked - backend.programs.departs
    if others:
        name = f"{words.several(others, 'program')} without a departure"
        ET.SubElement(suite, "testcase", classname="programs", name=name)
    suite.set("tests", str(len(suite.findall("testcase"))))
    for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(count, str(len(suite.findall(f"testcase/{tag}"))))
    suite.set("time", f"{backend.seconds:.3f}")
    return suite


def _outcome(case: ET.Element, cell: Cell, witness: Departure | None) -> None:
    """Hang under `case` what JUnit has for the verdict."""
    if cell.verdict.departs or witness:
        tag = "failure" if cell.verdict.departs else "error"
        found = ET.SubElement(case, tag, type=cell.verdict, message=_message(cell))
        found.text = _details(cell, witness)
    elif cell.verdict == "unsupported":
        lacks = f"lacks {', '.join(cell.missing)}" if cell.missing else ""
        ET.SubElement(case, "skipped", message=cell.said or lacks or "unsupported")
    elif cell.verdict != "agrees":
        ET.SubElement(case, "system-out").text = f"{cell.verdict}: {_message(cell)}"


def _message(cell: Cell) -> str:
    return cell.said or cell.known or words.MARKS[cell.verdict].meaning


def _details(cell: Cell, witness: Departure | None) -> str:
    lines = [line for line in (cell.where, f"signature: {cell.signature}" if cell.signature else "") if line]
    if witness:
        lines += [f"{who}: {what}" for who, what in witness.numbers.items()]
        lines += [f"\n# witness in {engine}\n{script}" for engine, script in witness.scripts.items()]
    return "\n".join(lines)
