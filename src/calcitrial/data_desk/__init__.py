"""The desk of data quality: queries, review and signatures, locks, monitoring figures, review of the trail."""

from calcitrial.data_desk.review_rows import form_label, seen_asked

__all__ = ["form_label", "seen_asked"]
