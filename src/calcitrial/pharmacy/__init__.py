"""The drug: vials received, used, returned and destroyed as a ledger, and the limits of a dose."""
