"""scripts/report-pictures: the pictures of a report that the documents show."""

import sys
import tempfile
from pathlib import Path

from tests.pages.browser import FOUND, Browser

SIZE = {"width": 1120, "height": 900}
# What each picture begins with, and in which colours.
PICTURES = {"light": "h1", "dark": "#charts"}


def main() -> None:
    """Make the pictures of the page that is named, in the folder that is named."""
    if len(sys.argv) != len(("program", "page", "folder")) or FOUND is None:
        sys.exit("usage: scripts/report-pictures REPORT.html FOLDER, with a Chromium on the PATH")
    page, folder = Path(sys.argv[1]).absolute(), Path(sys.argv[2])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(Path(profile))
        for scheme, first in PICTURES.items():
            browser.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            browser.send("Emulation.setDeviceMetricsOverride", **SIZE, deviceScaleFactor=1, mobile=False)
            browser.open(page.as_uri())
            browser.until("Number(document.documentElement.dataset.drawn) >= 1")
            browser.eval(f"window.scrollTo(0, document.querySelector('{first}').getBoundingClientRect().top - 24)")
            file = folder / f"report-{scheme}.png"
            browser.screenshot(file, **SIZE, whole=False)
            print(f"{file}: {file.stat().st_size:,} bytes")
        browser.close()


if __name__ == "__main__":
    main()
