"""How an argument about closing reads, in plain lines: short, or the whole of it.

Nothing is lined up by counting characters, which Khmer has no fixed width for; what a terminal
shows is what a pipe gets.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tipcase.law.concerns import Raised
    from tipcase.law.edition import Edition
    from tipcase.law.evidence import CriterionAnswer, Observation
    from tipcase.law.readiness import DutyAnswer, Readiness

_MARKS = {"yes": "●", "partly": "◐", "no": "○"}
_CONTRADICTED = "◆"
_LEGEND = f"● seen  ◐ partly  ○ not so  {_CONTRADICTED} something speaks against it"
_GROUPS = (("process", "the duties of closing"), ("documentation", "the file itself"))


class Argument:
    """The lines of one answer, in one language."""

    def __init__(self, edition: Edition, answer: Readiness, lang: str) -> None:
        self.edition, self.answer, self.lang = edition, answer, lang

    def short(self) -> Iterator[str]:
        """The answer, each criterion, what is still to be done, and what concerns safety."""
        yield from self._head()
        yield from self._concerns()
        if self.answer.argued:
            for criterion in self.answer.criteria:
                yield from self._criterion(criterion)
        else:
            yield "  the criteria are not asked for this outcome; --explain shows them"
        lacking = [duty for duty in self.answer.duties if duty.lacking]
        for duty in sorted(lacking, key=lambda duty: duty.state != "unmet"):
            yield f"  {self._duty(duty)}"
        yield from self._conflicts()
        yield from self._still_open()
        if self.answer.argued:
            yield from self._legend()
        yield from self._thresholds()
        yield f"  the whole argument: tipcase readiness {self.answer.case} --explain"

    def whole(self) -> Iterator[str]:
        """All of it: every observation, every duty, everything open, every threshold."""
        yield from self._head()
        yield from self._concerns()
        for criterion in self.answer.criteria:
            yield from self._criterion(criterion, explain=True)
        for group, title in _GROUPS:
            duties = [duty for duty in self.answer.duties if duty.group == group]
            if duties:
                yield f"  {title}"
            for duty in duties:
                yield f"    {self._duty(duty)}"
                if duty.lacking and duty.hint.get(self.lang):
                    yield f"        next: {duty.hint.get(self.lang)}"
        yield from self._conflicts()
        yield from self._everything_open()
        yield from self._legend()
        yield from self._every_threshold()

    # -- the answer and what comes before the criteria --

    def _head(self) -> Iterator[str]:
        answer = self.answer
        yield f"{answer.case}: {answer.answer}"
        asked = answer.outcome or "successful, since no outcome is recorded"
        yield f"  as of {answer.as_of.isoformat()}, asked for the outcome {asked}"
        heard = answer.last_heard.isoformat() if answer.last_heard else "never, by the records"
        yield f"  the survivor was last heard: {heard}"
        if answer.answer == "survivor-disagrees":
            from tipcase.law.readiness import DISAGREES

            yield f"      next: {DISAGREES.get(self.lang)}"

    def _concerns(self) -> Iterator[str]:
        for one in self.answer.concerns:
            yield f"  concern: {self._raised(one)}"
            if one.next.get(self.lang):
                yield f"      next: {one.next.get(self.lang)}"

    def _raised(self, one: Raised) -> str:
        on = one.days.text if one.days else ""
        parts = [on, one.label.get(self.lang), one.record, one.provision]
        return "  ".join(part for part in parts if part)

    # -- criteria --

    def _criterion(self, one: CriterionAnswer, *, explain: bool = False) -> Iterator[str]:
        gates = "" if self.answer.argued else "  (not asked for this outcome)"
        yield f"  {one.state}  {one.provision}  {one.label.get(self.lang)}{gates}"
        if one.observations:
            yield "      " + "  ".join(f"{o.month} {_mark(o)}" for o in one.observations)
        if explain:
            yield from (f"      {self._observation(one, o)}" for o in one.observations)
            for score in one.scores:
                top = "" if score.top is None else f" of {score.top:g}"
                domain = self._words(score.record, "scores[].domain", [score.domain])
                yield (
                    f"      score, not weighed: {score.days.text}  {domain}  "
                    f"{score.value:g}{top}  {score.record}"
                )
        else:
            yield from (f"      rests on {name}" for name in one.evidence)
        yield from (f"      missing: {text.get(self.lang)}" for text in one.missing)
        yield from (f"      next: {text.get(self.lang)}" for text in one.next)
        if one.lasts_until:
            yield f"      recent enough until {one.lasts_until.isoformat()}"

    def _observation(self, criterion: CriterionAnswer, one: Observation) -> str:
        place = f"criteria.{criterion.id}"
        heard = self._words(one.record, f"{place}.heard", one.heard)
        methods = self._words(one.record, f"{place}.methods", one.methods)
        parts = [
            f"{_mark(one)} {one.days.text}",
            self._words(one.record, f"{place}.seen", [one.seen]),
            f"heard: {heard}" if heard else "heard: nobody named",
            f"by: {methods}" if methods else "",
            "something speaks against it" if one.contradicted else "",
            one.record,
            "counts" if one.record in criterion.evidence else "came before, does not count",
        ]
        return "  ".join(part for part in parts if part)

    def _words(self, record: str, path: str, values: frozenset[str] | list[str]) -> str:
        # What the edition calls its values; a word that it does not have stays as it is.
        field = self.edition.record_type(record.partition("/")[0]).field(path)
        labels = field.values if field else {}
        named = [labels[v].get(self.lang) if v in labels else v for v in sorted(values)]
        return ", ".join(named)

    # -- duties, conflicts, what is open --

    def _duty(self, duty: DutyAnswer) -> str:
        whose = "(ours)" if duty.ours else ""
        parts = [duty.state, duty.provision, duty.message.get(self.lang), whose]
        return "  ".join(part for part in parts if part)

    def _conflicts(self) -> Iterator[str]:
        for record, field in self.answer.disputed:
            yield f"  in conflict  {record}.{field}: tipcase status {self.answer.case}"

    def _still_open(self) -> Iterator[str]:
        found = self.answer.open
        counts = [f"{kind} {len(raised)}" for kind, raised in found.records.items() if raised]
        if counts:
            yield f"  still open: {', '.join(counts)}"
        if found.left_open:
            yield f"  left open, to be settled when the case is closed: {len(found.left_open)}"
        yield from self._visits()

    def _everything_open(self) -> Iterator[str]:
        found = self.answer.open
        for raised in found.records.values():
            yield from (f"  still open: {self._raised(one)}" for one in raised)
        for item in found.left_open:
            label, on = item.label.get(self.lang), item.on or "not recorded yet"
            yield f"  left open: {on}  {label}  {item.record}  {item.provision}".rstrip()
        yield from self._visits()
        for visit in found.visits.visits:
            yield f"      {visit.state}  {visit.on.text}  {visit.record}"

    def _visits(self) -> Iterator[str]:
        plan = self.answer.open.visits
        if not plan.plan:
            return
        agreed = "number not recorded" if plan.number is None else f"{plan.number} agreed"
        parts = [agreed, f"{plan.made} made"]
        parts += [] if plan.left is None else [f"{plan.left} left"]
        for state in ("late", "missed", "failed"):
            visits = plan.in_state(state)
            parts += [f"{len(visits)} {state}"] if visits else []
        yield f"  visits: {', '.join(parts)}  {plan.plan}"

    def _legend(self) -> Iterator[str]:
        if any(one.observations for one in self.answer.criteria):
            yield f"  {_LEGEND}"

    def _thresholds(self) -> Iterator[str]:
        used = [f"{name} {value} ({self._whose(name)})" for name, value in self._used()]
        if used:
            yield f"  thresholds: {', '.join(used)}"

    def _every_threshold(self) -> Iterator[str]:
        known = self.edition.closure.thresholds
        for name, value in self._used():
            label = known[name].label.get(self.lang)
            yield f"  threshold {name}: {value} ({self._whose(name)})  {label}"

    def _used(self) -> list[tuple[str, int]]:
        return list(self.answer.thresholds.items())

    def _whose(self, name: str) -> str:
        source = self.answer.threshold_sources[name]
        return "the casebook's own" if source == "casebook" else source or "the edition's"


def _mark(one: Observation) -> str:
    return _CONTRADICTED if one.contradicted else _MARKS[one.seen]
