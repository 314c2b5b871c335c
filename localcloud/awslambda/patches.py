"""Patches of moto's Lambda."""

import os

from moto.awslambda.models import LambdaFunction
from moto.awslambda.responses import LambdaResponse

from localcloud.awslambda import api
from localcloud.awslambda.runtime import Runtime
from localcloud.patches import replace


def apply(runtime: Runtime) -> None:
    """Apply them; functions run in `runtime`."""
    functions_run(runtime)
    function_settings_are_kept()
    concurrency_is_limited()


def functions_run(runtime: Runtime) -> None:
    """moto runs functions in Docker, or echoes their input, whatever Qualifier says: https://docs.getmoto.org/en/latest/docs/services/lambda.html."""
    replace(LambdaFunction, "invoke", api.invoke_with(runtime))
    replace(LambdaResponse, "invoke", api.invoke_qualified)
    replace(LambdaResponse, "_enrich_response", staticmethod(api.keep_request_id))


def function_settings_are_kept() -> None:
    """moto drops LoggingConfig, drops TracingConfig on an update, and accepts settings that AWS refuses: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html."""
    replace(LambdaFunction, "__init__", api.create)
    replace(LambdaFunction, "get_configuration", api.get_configuration)
    replace(LambdaFunction, "update_configuration", api.update_configuration)


def concurrency_is_limited() -> None:
    """moto lets functions reserve all concurrency unless it is told what there is: https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html."""
    os.environ["MOTO_LAMBDA_CONCURRENCY_QUOTA"] = "1000"
