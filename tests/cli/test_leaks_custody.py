"""Two people keep, share, lose and mend a casebook; nothing of it is ever written in the clear.

One tour through every command of custody, its failures included, with a canary in each free text,
in conflicts, in an attachment and its name, in passphrases and the seed's words. In the normal run
it runs in this process (``Inside``); ``make soak`` runs it as processes under strace (``Traced``),
with all record types.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.leaks import CANARY, KHMER, Canaries, Inside, Secrets, Traced, Watched, left
from tests.cli.test_contract import OTHERS, STAGES
from tests.commands import Ran
from tests.oracles import require

PASSPHRASE = "canary-open-sesame"
ARCHIVE = "canary-archive-words"
WRONG = "canary-wrong-words"
NOTE = "happened_on: 2026-01-06\ntext: {}\n"
USER = ("-c", "user.name=cw", "-c", "user.email=cw@tipcase.invalid")


class Tour:
    """The office of the tour: people with a home each, and what they type."""

    def __init__(self, watched: Watched, folder: Path, *, whole: bool) -> None:
        self.watched = watched
        self.folder = folder
        self.whole = whole
        self.secrets = Secrets()
        self.book = folder / "book"
        self.second = folder / "second"
        self.asked = watched.asked
        self.asked.mkdir()
        self.case = ""
        self.shown = 0
        self.wrong: list[tuple[str, str]] = []

    def do(
        self,
        *words: str | Path,
        who: str = "cw1",
        code: int | None = 0,
        book: Path | None = None,
        input: str = "",
        shows: bool = False,
    ) -> Ran:
        """A command of somebody: its exit code, and that it shows only what it was asked for.

        ``code`` is None where a judgement may be either way.
        """
        env = {"TIPCASE_HOME": str(self.folder / f"home-{who}"), "TIPCASE_LANG": "en"}
        place = book or (self.second if who == "cw2" and self.second.exists() else self.book)
        cwd = place if place.exists() else self.folder
        ran = self.watched.run(*words, env=env, cwd=cwd, input=input)
        said = " ".join("PATH" if isinstance(word, Path) else word for word in words[:3])
        assert ran.code == code or (code is None and ran.code not in (1, 10)), (said, ran)
        if found := self.secrets.found(ran.stderr.encode()):
            self.wrong.append((said, found))
        found = self.secrets.found(ran.stdout.encode())
        if shows:
            assert found, f"{said} was asked to show a canary"
            self.shown += 1
        elif found:
            self.wrong.append((said, found))
        return ran

    def git(self, book: Path, *words: str, fails: bool = False) -> None:
        """What a person types to git; it is not watched, its objects are looked at in the end."""
        done = subprocess.run(
            [require("git"), *USER, *words], cwd=book, capture_output=True, check=False
        )
        assert fails or done.returncode == 0, done.stderr

    def put(self, name: str, text: str, *more: str, **who: Any) -> str:
        return self.do("put", self.case, name, "-", *more, input=text, **who).stdout.strip()

    def set(self, field: str, value: str, **who: Any) -> Ran:
        return self.do("set", self.case, "profile", f"{field}=-", input=value, **who)

    # -- the tour, a part a day --

    def everything(self) -> None:
        """All of it."""
        self.found_an_office()
        self.write()
        self.attach()
        self.write_apart()
        self.leave()
        self.keep_copies()
        self.damage()
        self.lose_all_keys()

    def found_an_office(self) -> None:
        """Keys with a passphrase, the seed on a sheet, colleagues, a case, a clone."""
        keys = ("keygen", "--keys", "x25519", "--handle")
        self.do(*keys, "cw1", "--passphrase-file", "-", input=PASSPHRASE)
        for who in ("cw2", "cw3"):
            self.do(*keys, who, "--no-passphrase", who=who)
        unlock = ("unlock", "--for", "30m", "--passphrase-file", "-")
        self.do(*unlock, input=WRONG, code=6)
        self.do(*unlock, input=PASSPHRASE)
        sheet = self.asked / "sheet.html"
        init = ("init", self.book, "--name", "Example Shelter", "--keys", "x25519")
        self.do(*init, "--recovery-sheet", sheet)
        self.seed = self.know_sheet(sheet)
        (self.asked / "bad.yaml").write_text(f"handle: {CANARY}1\n")
        self.do("staff", "add", self.asked / "bad.yaml", "--role", "admin", code=7)
        for who, role in (("cw2", "caseworker"), ("cw3", "supervisor")):
            card = self.folder / f"home-{who}/keys/{who}.card.yaml"
            self.do("staff", "add", card, "--role", role)
        self.case = self.do("new", "--opened", "2026-01-05").stdout.strip()

    def know_sheet(self, sheet: Path) -> str:
        page = sheet.read_text(encoding="utf-8")
        groups = re.findall(r'class="number">\d+</span><span class="group mono">(\w{4})<', page)
        self.secrets.seed(" ".join(groups))
        return " ".join(groups)

    def write(self) -> None:
        """Records of all kinds, one for named people only, and the history of a field."""
        canaries = Canaries()
        for name in (*STAGES, *OTHERS) if self.whole else ("health", "profile"):
            if name != "decision":
                schema = self.do("schema", name, "--json").stdout
                example = json.loads(schema)["examples"][0]
                self.put(name, json.dumps(canaries.fill(name, example)))
        self.set("full_name", f"{CANARY}name {KHMER}")
        self.put("note", NOTE.format(f"{CANARY}complaint"), "--only", "cw1")
        self.put("note", NOTE.format(f"{CANARY}x"), "--only", f"{CANARY}nobody", code=4)
        self.put("note", f"happened_on: {CANARY}x\n{CANARY}: [", code=3)
        self.do("grant", self.case, "cw2", "--restricted")
        self.do("log", self.case, "--diff", shows=True)
        if self.whole:
            for command in ("log", "status", "check", "readiness", "show"):
                self.do(command, self.case, code=None)
                self.do(command, self.case, "--json", code=None)
            self.do("log", self.case, "--diff", "--json", shows=True)
            self.do("show", self.case, "profile", shows=True)
            self.do("form", self.case, "P1", "--out", self.asked)

    def attach(self) -> None:
        """A scan whose name and content say something."""
        scan = self.asked / f"{CANARY}scan.txt"
        scan.write_text(f"{CANARY}content {KHMER}\n" * 9)
        one = self.do("attach", self.case, "profile", scan, "--as", "scan").stdout.strip()
        if self.whole:
            self.do("attach", self.case, "profile", "-", input=f"{CANARY}from the input")
        self.do("attach", self.case, "profile", scan, "--as", "photo", code=2)
        self.do("attach", self.case, "profile", self.asked / f"{CANARY}none.jpg", code=4)
        self.do("show", self.case, "--attachments", shows=True)
        self.do("export", self.case, one, "--out", self.asked / "copy.txt")
        self.do("export", self.case, one, "--out", "-", shows=True)
        self.do("export", self.case, one, "--out", f"{CANARY}copy.txt", code=2)
        self.do("export", self.case, one, "--out", self.asked / "copy.txt", code=5)
        assert (self.asked / "copy.txt").read_bytes() == scan.read_bytes()

    def write_apart(self) -> None:
        """A clone, the same field written on both sides, and each way to settle it."""
        bare = self.folder / "office.git"
        self.git(self.folder, "clone", "--quiet", "--bare", str(self.book), str(bare))
        self.git(self.book, "remote", "add", "origin", str(bare))
        self.git(self.folder, "clone", "--quiet", str(bare), str(self.second))
        self.set("full_name", f"{CANARY}first")
        self.set("full_name", f"{CANARY}second {KHMER}", who="cw2")
        if self.whole:
            self.do("sync")
        else:
            self.git(self.book, "push", "--quiet", "origin", "main")
        self.do("sync", who="cw2", code=5)
        if self.whole:
            self.do("status", self.case, who="cw2")
            why = f"{CANARY}why"
            self.do("advance", self.case, "--override", "-", input=why, code=5, who="cw2")
            self.do("check", self.case, code=3, who="cw2")
        resolve = ("resolve", self.case, "profile")
        self.do("show", self.case, "profile", shows=True, who="cw2")
        self.do(*resolve, f"full_name={CANARY}9", code=4, who="cw2")
        self.do(*resolve, f"{CANARY}9=1", code=4, who="cw2")
        self.do(*resolve, "full_name=1", "--dry-run", who="cw2")
        value = f"{CANARY}third"
        self.do(*resolve, "--value", "full_name=-", input=value, who="cw2")
        if self.whole:
            self.do("sync", who="cw2")
            self.do("sync")
            self.write_apart_again()

    def write_apart_again(self) -> None:
        """The same in the middle of git's own rebase."""
        self.set("full_name", f"{CANARY}fourth")
        self.do("sync")
        self.set("full_name", f"{CANARY}fifth", who="cw2")
        self.git(self.second, "pull", "--quiet", "--rebase", "origin", "main", fails=True)
        self.do("merge", "--dry-run", code=5, who="cw2")
        self.do("merge", code=5, who="cw2")
        self.do("merge", "--continue", who="cw2")
        self.do("resolve", self.case, "profile", "--take", "cw2", who="cw2")
        self.do("sync", who="cw2")
        self.do("sync")

    def leave(self) -> None:
        """Two people go, one while they write; new keys; what they wrote is adopted."""
        self.do("revoke", self.case, "cw3", "--dry-run")
        self.do("revoke", self.case, "cw3", "--reencrypt")
        self.do("rekey", self.case, "--reencrypt")
        self.do("show", self.case, "profile", code=6, who="cw3", book=self.book)
        self.do("staff", "remove", "cw2", "--reencrypt")
        if self.whole:
            self.adopt()
            self.do("sync")
            self.do("verify")

    def adopt(self) -> None:
        """What somebody wrote who did not know yet, joined by git and taken in."""
        self.set("full_name", f"{CANARY}late", who="cw2")
        self.git(self.second, "push", "--quiet", "origin", "HEAD:late")
        words = ("pull", "--quiet", "--no-rebase", "--no-edit", "origin", "late")
        self.git(self.book, *words, fails=True)
        self.do("merge")
        self.do("merge", "--continue")
        ran = self.do("adopt", self.case, "--list", "--json")
        entry = json.loads(ran.stdout)["data"][0]["entry"]
        self.do("adopt", self.case, f"{CANARY}no entry", code=4)
        self.do("adopt", self.case, entry[:16])

    def keep_copies(self) -> None:
        """Archives for admins and with a passphrase; they come back, or refuse."""
        sealed, words = self.folder / "sealed.age", self.folder / "words.age"
        self.do("backup", "--out", sealed)
        self.do("restore", sealed, self.folder / "back", book=self.folder)
        if self.whole:
            self.do("backup", "--out", words, "--passphrase-file", "-", input=ARCHIVE)
            back = ("restore", words, self.folder / "again", "--passphrase-file", "-")
            self.do(*back, input=WRONG, code=6, book=self.folder)
            self.do(*back, input=ARCHIVE, book=self.folder)
        self.do("restore", sealed, self.folder / "no", who="cw2", code=6, book=self.folder)
        seed = ("restore", sealed, self.folder / "third", "--seed-file", "-")
        self.do(*seed, input=self.seed[:-4], code=2, book=self.folder)
        if self.whole:
            self.do(*seed, input=self.seed, book=self.folder)
        none = self.asked / f"{CANARY}none.age"
        self.do("restore", none, self.folder / "no", code=4, book=self.folder)
        torn = self.folder / "torn.age"
        torn.write_bytes(sealed.read_bytes()[:-5000])
        self.do("restore", torn, self.folder / "no", code=7, book=self.folder)
        assert not (self.folder / "no").exists()

    def damage(self) -> None:
        """Flipped bytes and a stray file in a copy: said, refused, mended, never quoted."""
        back = self.folder / "back"
        place = back / "cases" / self.case
        listed = self.do("show", self.case, "--attachments", "--json", book=back, shows=True)
        one = next(row["id"] for row in json.loads(listed.stdout)["data"] if "scan" in row["name"])
        for scan in (place / "attachments").glob("*.age"):
            data = scan.read_bytes()
            scan.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
        profile = place / "profile.yaml.age"
        profile.write_bytes(profile.read_bytes()[:-1])
        out = self.asked / "damaged.txt"
        self.do("export", self.case, one, "--out", out, code=7, book=back)
        assert not out.exists()
        self.do("show", self.case, "profile", code=7, book=back)
        self.do("verify", code=7, book=back)
        self.do("repair", book=back)
        self.do("show", self.case, "profile", shows=True, book=back)
        stray = place / f"{CANARY}stray.txt"
        stray.write_text(f"{CANARY}stray")
        self.watched.given.add(str(stray))
        self.do("verify", code=7, book=back)
        if self.whole:
            self.do("repair", code=7, book=back)
        self.do("repair", "--set-aside", self.asked / "strays", book=back)
        self.do("verify", book=back)

    def lose_all_keys(self) -> None:
        """A new machine, a new identity, the seed; then a new seed, and the lock."""
        self.do("lock")
        self.do("show", self.case, "profile", code=8)
        keys = ("keygen", "--keys", "x25519", "--handle", "new1", "--no-passphrase")
        self.do(*keys, who="new1")
        clone = self.folder / "clone"
        self.git(self.folder, "clone", "--quiet", str(self.book), str(clone))
        recover = ("recover", "--seed-file", "-")
        wrong = f"{self.seed[:-4]}0000"
        self.do(*recover, who="new1", book=clone, input=wrong, code=2)
        self.do(*recover, who="new1", book=clone, input=f"{CANARY}seed", code=2)
        self.do(*recover, "--named", who="new1", book=clone, input=self.seed)
        self.do("show", self.case, "profile", who="new1", book=clone, shows=True)
        sheet = self.asked / "second.html"
        self.do("recover", "--new-seed", "--recovery-sheet", sheet, who="new1", book=clone)
        self.know_sheet(sheet)
        self.do("verify", who="new1", book=clone)

    # -- what came of it --

    def know_keys(self) -> None:
        """The people's identities and those of the case, of all generations."""
        from tipcase.casebook import wraps
        from tipcase.casebook.book import Book
        from tipcase.casebook.case import Case
        from tipcase.keyring import person as people

        for path in self.folder.glob("home-*/keys/*.txt"):
            self.secrets.identity(path.stem, path.read_text())
        sealed = self.folder / "home-cw1/keys/cw1.age"
        self.secrets.identity("cw1", people.unprotect(sealed.read_bytes(), PASSPHRASE))
        home = self.folder / "home-new1"
        person = people.from_text((home / "keys/new1.txt").read_text())
        case = Case(Book(self.folder / "clone", home), self.case)
        keys = wraps.CaseKeys(case.place, case.fold, person)
        for kind in (wraps.ORDINARY, wraps.RESTRICTED):
            found = keys.identities(kind)
            assert len(found) > 2
            for identity in found if self.whole else found[:1]:
                self.secrets.identity(f"the case's {kind} key", str(identity))

    def leaks(self, home: Path) -> list[str]:
        """Each place where a secret was found, by the name of the secret."""
        own = {str(path) for path in self.folder.glob("home-*/keys/*.txt")}
        found = [f"{said} said {name}" for said, name in self.wrong]
        seen = (*self.watched.seen, *left(self.folder, self.asked), *left(home, self.asked))
        for place, name in self.secrets.among(seen):
            if place.removeprefix("write ") not in own or "canary" in name:
                found.append(f"{place}: {name}")
        return found


@pytest.mark.soak
def test_the_tour_of_custody_says_and_writes_no_secret(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tipcase.keyring import person

    monkeypatch.setattr(person, "WORK_FACTOR", 4)
    tour = Tour(Inside(tmp_path / "asked"), tmp_path, whole=False)
    tour.everything()
    tour.know_keys()
    assert tour.leaks(home) == []


@pytest.mark.soak
def test_the_kernel_saw_no_secret_in_the_whole_tour(tmp_path: Path, home: Path) -> None:
    watched = Traced(tmp_path / "asked", home.with_name(f"{home.name}-trace"))
    tour = Tour(watched, tmp_path, whole=True)
    tour.everything()
    tour.know_keys()
    assert watched.calls > 10_000
    assert tour.leaks(home) == []
