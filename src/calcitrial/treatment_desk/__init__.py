"""The desk of treatment: allocation and unblinding, the injection session, and the drug with its labels."""
