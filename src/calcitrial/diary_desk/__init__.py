"""The desk of the diary: what a participant answers on a telephone, and what the staff sees and enters of it."""
