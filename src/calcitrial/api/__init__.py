"""The program interface: what a page can do, a script can do, with the same scope and the same gateway.

HTTP with JSON under `/api/v1/`, described at `/api/v1/openapi.json`. `service` knows who calls and how refusals are
told, `reading_routes` answers, `overview_routes` lists, `entering_routes` enters forms, and each
`acts_*` has one address per act of its topic, with the same verb and the same checks as the page for it (`acting`).
"""
