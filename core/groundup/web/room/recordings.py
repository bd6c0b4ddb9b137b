"""What can be made of recordings: reports, exports, recovery, each a job; and the trash."""

from pathlib import Path
from typing import Any

from groundup.lsl.stream_names import SUFFIX
from groundup.web.room.forms import LONGEST, text_of
from groundup.web.room.jobs import Jobs
from groundup.web.room.library import Library, LibraryError
from groundup.web.room.recorder import RecorderLink

Answer = dict[str, Any]


class RecordingDesk:
    """What a page may have done with the recordings of a folder.

    Parameters
    ----------
    folder : Path
    library : Library
    jobs : Jobs
    recorder : RecorderLink
        Whose recordings are left alone until they are sealed.
    """

    def __init__(self, folder: Path, library: Library, jobs: Jobs, recorder: RecorderLink) -> None:
        self._folder, self._library, self._jobs, self._recorder = folder, library, jobs, recorder

    def report(self, given: Answer) -> Answer:
        """Make a report of one recording, or compare two."""
        names = [str(one)[:LONGEST] for one in given.get("names") or []]
        paths = [self._library.path(name) for name in names]
        if not 1 <= len(paths) <= 2:
            raise LibraryError("a report is of one recording, or compares two")
        out = paths[-1].with_suffix(".html")
        if len(paths) == 2:
            out = paths[-1].with_name(f"{paths[0].stem}_and_{paths[-1].stem}.html")
        what = "Report" if len(paths) == 1 else f"Compare with {paths[0].stem}"
        arguments = ["report", *map(str, paths), "-o", str(out), "--overwrite"]
        page = out.relative_to(self._folder).as_posix()
        job = self._jobs.start(what, arguments, names[-1], page=page)
        return {"number": job.number, "page": page}

    def analyze(self, given: Answer) -> Answer:
        """Compute events and metrics anew."""
        name = text_of(given, "name")
        job = self._jobs.start("Analysis", ["analyze", str(self._library.path(name))], name)
        return {"number": job.number}

    def export(self, given: Answer) -> Answer:
        """Write it in another format."""
        name, kind = text_of(given, "name"), text_of(given, "format")
        if not kind.isidentifier():
            raise LibraryError("choose a format")
        path = self._library.path(name)
        job = self._jobs.start(f"Export to {kind}", ["export", str(path), "--to", kind], name, accept=(0, 3))
        return {"number": job.number}

    def recover(self, given: Answer) -> Answer:
        """Make a recording of a journal that was left."""
        name = text_of(given, "name")
        job = self._jobs.start("Recover", ["recover", str(self._library.path(name))], name, accept=(0, 3))
        return {"number": job.number}

    def delete(self, given: Answer) -> Answer:
        """Move it into the trash."""
        name = text_of(given, "name")
        status = self._recorder.status
        busy = {Path(str(one)).stem for one in [*status.get("sealing", []), status.get("file") or ""]}
        if Path(name).name.removesuffix(SUFFIX).removesuffix(".h5") in busy:
            raise LibraryError(f"{name} is being recorded or sealed: wait until that is done")
        where = self._library.delete(name)
        return {"said": f"{name} is in the trash", "trash": where}

    def bring_back(self, given: Answer) -> Answer:
        """Move it out of the trash again."""
        return {"said": f"{self._library.bring_back(text_of(given, 'name'))} is back"}
