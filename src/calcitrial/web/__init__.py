"""The pages: what people see of a study in the browser."""
