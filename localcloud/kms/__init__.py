"""KMS: keys and their rotation."""
