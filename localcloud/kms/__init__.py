"""KMS: keys by their ids and ARNs."""
