"""What a page of a report says, read from its HTML."""

from html.parser import HTMLParser


class Page(HTMLParser):
    """Figures by section and metric, the text of each section, and every tag that was opened.

    Sections are those with an id; `figures` has a list of numbers for each pair of section and metric.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.figures: dict[tuple[str, str], list[float]] = {}
        self.order: dict[str, list[str]] = {}
        self.text: dict[str, str] = {"": ""}
        self.tags: list[str] = []
        self._sections = [""]
        self._metric = ""
        self._silent = False
        self.feed(html)

    @property
    def everything(self) -> str:
        """All text, blanks as one."""
        return " ".join(self.text[""].split())

    def said(self, section: str) -> str:
        """Text of a section, blanks as one."""
        return " ".join(self.text.get(section, "").split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        self._silent = tag == "style" or (self._silent and tag != "body")
        if tag in ("section", "figure"):
            self._sections.append(found.get("id") or self._sections[-1])
            self.text.setdefault(self._sections[-1], "")
        if tag == "tr":
            self._metric = found.get("data-metric") or ""
            if self._metric:
                self.order.setdefault(self._sections[-1], []).append(self._metric)
        if tag == "data" and self._metric:
            self.figures.setdefault((self._sections[-1], self._metric), []).append(float(found["value"] or "nan"))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("section", "figure"):
            self._sections.pop()
        if tag == "style":
            self._silent = False

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        for section in dict.fromkeys(["", self._sections[-1]]):
            self.text[section] += data
