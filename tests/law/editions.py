"""Tiny editions for the tests of the engine: another country, three stages, no profile's size."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from tipcase import law
from tipcase.law.dossier import Dossier, Record

SHIPPED = Path(__file__).parents[2] / "schemas" / "kh-2009"
AS_OF = date(2026, 11, 21)

FILES: dict[str, str] = {
    "edition.yaml": "name: xx-2020\ntitle: {en: A tiny edition, km: សាកល្បង}\n",
    "common.yaml": """\
$defs:
  date: {type: string, format: partial-date, pattern: "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"}
  line: {type: string, minLength: 1, maxLength: 300}
  phone: {type: string, pattern: "^\\\\+[1-9][0-9]{6,14}$"}
  item-id: {type: string, pattern: "^[a-z2-9]{8}$"}
""",
    "stages.yaml": """\
stages:
  - {name: intake, number: 1, label: {en: Intake, km: ទទួល}, provisions: [X/1], phase: {dir: early}}
  - {name: visit, number: 2, label: {en: Visit, km: សួរ}, phase: {dir: null}}
  - {name: closure, number: 3, label: {en: Closure, km: បិទ}}
phases:
  - {name: early, label: {en: Early, km: ដើម}, provisions: [X/9]}
frameworks: [dir, none]
""",
    "records/intake.yaml": """\
$schema: https://json-schema.org/draft/2020-12/schema
type: object
additionalProperties: false
x-tipcase-record: {repeats: false, restricted: false, label: {en: Intake, km: ទទួល}}
required: [happened_on, care]
properties:
  happened_on: {$ref: common.yaml#/$defs/date, x-tipcase-label: {en: Date, km: ថ្ងៃ},
    x-tipcase-provisions: [X/1.1]}
  care: {type: boolean, x-tipcase-label: {en: Care given, km: ថែទាំ}, x-tipcase-provisions: [X/1.2]}
  code: {type: string, minLength: 1}
  visits: {type: integer, minimum: 0, maximum: 9}
  kind:
    type: string
    enum: [adult, child]
    x-tipcase-values: {adult: {en: Adult, km: ធំ}, child: {en: Child, km: ក្មេង}}
  contact:
    type: object
    additionalProperties: false
    required: [phone]
    properties:
      phone: {$ref: "common.yaml#/$defs/phone"}
      may_text: {type: boolean}
  family:
    type: array
    items:
      type: object
      additionalProperties: false
      properties:
        id: {$ref: "common.yaml#/$defs/item-id"}
        name: {$ref: "common.yaml#/$defs/line", x-tipcase-restricted: true}
        years: {type: integer}
        gone: {type: [string, "null"]}
allOf:
  - if: {properties: {kind: {const: child}}, required: [kind]}
    then: {required: [contact]}
examples:
  - {happened_on: "2026-01-05", care: true, code: "0087", kind: child,
     contact: {phone: "+85512345678"}}
""",
    "records/visit.yaml": """\
type: object
additionalProperties: false
x-tipcase-record: {repeats: true, restricted: false, label: {en: Visit, km: សួរ}}
required: [happened_on]
properties:
  happened_on: {$ref: common.yaml#/$defs/date}
  met: {type: string, enum: [survivor, nobody]}
examples: [{happened_on: "2026-02-01", met: survivor}]
""",
    "records/closure.yaml": """\
type: object
additionalProperties: false
x-tipcase-record: {repeats: true, restricted: false, label: {en: Closure, km: បិទ}}
required: [happened_on]
properties:
  happened_on: {$ref: common.yaml#/$defs/date}
  outcome: {type: string, enum: [successful, died]}
  lessons: {$ref: common.yaml#/$defs/line}
examples: [{happened_on: "2026-03-01", outcome: successful}]
""",
    "records/note.yaml": """\
type: object
additionalProperties: false
x-tipcase-record: {repeats: true, restricted: true, label: {en: Note, km: កំណត់}}
required: [happened_on, text]
properties:
  happened_on: {$ref: common.yaml#/$defs/date}
  text: {type: string, minLength: 1}
examples: [{happened_on: "2026-02-01", text: "An invented note."}]
""",
    "rules.yaml": """\
rules:
  - id: care-first
    at: leave intake
    field: care
    provisions: [X/1.2]
    severity: blocks
    holds: intake.care == True
    message: {en: care comes first, km: ថែទាំមុន}
    hint: {en: give it, km: ផ្តល់}
  - id: kind-known
    at: enter visit
    record: intake
    field: kind
    provisions: [X/2]
    severity: blocks
    when: intake.care == True
    holds: answered(intake.kind)
    message: {en: say which kind, km: ប្រភេទ}
  - id: met-somebody
    at: leave visit
    each: visit
    field: met
    provisions: [X/3]
    severity: blocks
    holds: this.met == "survivor"
    message: {en: nobody was met, km: មិនជួប}
  - id: few-visits
    at: always
    record: intake
    provisions: [X/4]
    severity: advises
    holds: len(visit) <= 2
    message: {en: many visits, km: ច្រើន}
""",
    "closure.yaml": """\
thresholds:
  visits_in_row: {value: 2, label: {en: Visits, km: ដង}, note: ours}
criteria: []
duties:
  - {id: lessons, provisions: [X/5], severity: blocks, outcomes: [successful],
     holds: "any(known(one.lessons) for one in closure)", field: closure.lessons,
     message: {en: write the lessons, km: មេរៀន}}
""",
    "provisions.yaml": """\
provisions:
  - {id: X/1.1}
  - {id: X/1.2}
  - {id: X/2, carried_by: [{kind: command, ref: advance}]}
  - {id: X/8, reason: The ministry's own duty.}
  - {id: X/99}
""",
    "forms.yaml": """\
forms:
  - {code: F1, sections: [{lines: [{field: intake.care, provisions: [X/1.1]}]}]}
""",
}


def write(folder: Path, changes: dict[str, str] | None = None) -> Path:
    """Write the tiny edition into ``folder``, with some files replaced."""
    for name, text in {**FILES, **(changes or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def tiny(folder: Path, changes: dict[str, str] | None = None) -> law.Edition:
    """The tiny edition, loaded from ``folder``."""
    return law.load(write(folder, changes))


def dossier(stage: str, /, *records: Record, **states: str) -> Dossier:
    """A case at ``stage``; states by stage name in snake case."""
    by_name = {name.replace("_", "-"): state for name, state in states.items()}
    return Dossier("K7Q2-M9TX", "2026-01-05", stage, stage_states=by_name, records=records)


def record(kind: str, tag: str | None = None, /, **data: Any) -> Record:
    """A record of ``kind`` with these fields."""
    return Record(kind, tag, data)
