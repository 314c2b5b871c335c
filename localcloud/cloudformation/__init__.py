"""CloudFormation: creates the resources of a stack."""
