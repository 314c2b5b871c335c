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
    qualifiers_are_heeded()
    function_settings_are_kept()
    concurrency_is_limited()


def functions_run(runtime: Runtime) -> None:
    """moto runs functions in Docker, or echoes their input: https://docs.getmoto.org/en/latest/docs/services/lambda.html."""
    replace(LambdaFunction, "invoke", api.invoke_with(runtime))
    replace(LambdaResponse, "_enrich_response", staticmethod(api.keep_request_id))


def qualifiers_are_heeded() -> None:
    """moto looks for Qualifier under another name, and then in the payload: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestSyntax.

    For upstream: read Qualifier from the query string, as get_policy does: https://github.com/getmoto/moto/blob/5.2.5/moto/awslambda/responses.py#L56
    """
    replace(LambdaResponse, "invoke", api.invoke_qualified)


def function_settings_are_kept() -> None:
    """moto drops LoggingConfig, drops TracingConfig on an update, and accepts settings that AWS refuses: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html.

    For upstream: keep LoggingConfig, and take TracingConfig in update_configuration, too: https://github.com/getmoto/moto/blob/5.2.5/moto/awslambda/models.py#L671
    """
    replace(LambdaFunction, "__init__", api.create)
    replace(LambdaFunction, "get_configuration", api.get_configuration)
    replace(LambdaFunction, "update_configuration", api.update_configuration)


def concurrency_is_limited() -> None:
    """moto lets functions reserve all concurrency unless it is told what there is: https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html."""
    os.environ["MOTO_LAMBDA_CONCURRENCY_QUOTA"] = "1000"
