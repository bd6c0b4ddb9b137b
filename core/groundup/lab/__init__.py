"""lab.toml: its tables, their errors in sentences, and a first draft of one."""
