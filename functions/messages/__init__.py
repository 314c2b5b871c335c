"""The wording of the mails: one file a language, with the same names and placeholders in each."""
