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
        import weasyprint.urls
    except ImportError as error:
        raise PdfError(
            '--pdf needs weasyprint: pip install "groundup[pdf]"; or print the page from a browser'
        ) from error
    except OSError as error:  # Pango is a library of the system, and no wheel brings it
        raise PdfError(
            f"weasyprint finds no Pango, a library of the system: install it, or print from a browser ({error})"
        ) from error
    # What a page holds itself: it asks for nothing else, and is given nothing else.
    within = weasyprint.urls.URLFetcher(allowed_protocols=["data"])
    found = weasyprint.HTML(string=html, url_fetcher=within).write_pdf()
    assert isinstance(found, bytes)
    return found
