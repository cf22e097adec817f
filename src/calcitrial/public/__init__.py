"""Pages that everybody may open, without signing in: trials, the registry, clinics, the pre-screener."""
