"""Which release this is. CHANGELOG.md says what each brought, and what an operator has to do."""

VERSION = "0.2.0.dev0"
