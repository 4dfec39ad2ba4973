"""Prints HTML pages to PDF with weasyprint: print_pages.py FOLDER PAPER…

For each FOLDER/NAME.html and each paper it writes FOLDER/NAME-PAPER.pdf and prints a line: name, paper, number of pages.
"""

import sys
from pathlib import Path

from weasyprint import CSS, HTML

folder, papers = Path(sys.argv[1]), sys.argv[2:]
for page in sorted(folder.glob("*.html")):
    for paper in papers:
        document = HTML(filename=str(page)).render(stylesheets=[CSS(string=f"@page {{ size: {paper} }}")])
        document.write_pdf(str(folder / f"{page.stem}-{paper}.pdf"))
        print(page.stem, paper, len(document.pages))
