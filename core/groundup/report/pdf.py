"""A report as PDF, by WeasyPrint: its pages are those that a browser prints, on a machine that has none."""


class PdfError(RuntimeError):
    """No PDF can be made here; the text says what to do."""


def pdf_of(html: str) -> bytes:
    """The pages of a report as a PDF.

    Parameters
    ----------
    html : str
        As `groundup.report.page` gives it.

    Raises
    ------
    PdfError
        If WeasyPrint, or a library of the system that it draws with, is not installed.
    """
    try:
        import weasyprint
    except ImportError as error:
        raise PdfError(
            '--pdf needs weasyprint: pip install "groundup[pdf]"; or print the page from a browser'
        ) from error
    except OSError as error:  # Pango is a library of the system, and no wheel brings it
        raise PdfError(
            f"weasyprint finds no Pango, a library of the system: install it, or print from a browser ({error})"
        ) from error
    found = weasyprint.HTML(string=html, url_fetcher=_from_within).write_pdf()
    assert isinstance(found, bytes)
    return found


def _from_within(url: str, *_: object, **__: object) -> object:
    """What a page holds itself: it asks for nothing else, and is given nothing else."""
    from weasyprint.urls import default_url_fetcher

    if not url.startswith("data:"):
        raise ValueError(f"a report asks for nothing outside of it: {url}")
    return default_url_fetcher(url)
