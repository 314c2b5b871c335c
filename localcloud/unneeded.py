"""What moto loads though nothing here asks for it: half of the time to start."""

import sys
from types import SimpleNamespace
from typing import Any


def leave_out() -> None:
    """Keep moto from loading it; to be called before its services are imported."""
    from moto.utilities import utils

    # Step Functions imports EC2 with all types of instances, and CloudFormation API Gateway with its OpenAPI validator.
    load = utils.load_resource
    setattr(utils, "load_resource", lambda name: {} if name.startswith("ec2/") else load(name))  # noqa: B010
    validator: Any = SimpleNamespace(validate=None, OpenAPIValidationError=Exception)
    sys.modules |= dict.fromkeys(("openapi_spec_validator", "openapi_spec_validator.validation.exceptions"), validator)
