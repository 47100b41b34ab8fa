"""Pages on paper: PDFs."""
