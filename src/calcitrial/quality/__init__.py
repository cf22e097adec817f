"""The quality of what was entered: queries, source verification, states of forms, signatures and locks."""
