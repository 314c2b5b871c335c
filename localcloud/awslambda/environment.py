"""The environment variables of a function's process, its role's credentials among them."""

import os
from pathlib import Path

from moto.awslambda.models import LambdaFunction
from moto.sts.models import sts_backends

from localcloud.awslambda.log import FunctionLog


def environment_variables(function: LambdaFunction, code: Path, endpoint: str, log: FunctionLog) -> dict[str, str]:
    """What a function finds in its environment: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html."""
    level = function.get_configuration()["LoggingConfig"].get("ApplicationLogLevel", "INFO")
    inherited = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {
        **inherited,
        "AWS_ENDPOINT_URL": endpoint,
        **{name: str(value) for name, value in function.environment_vars.items()},
        "HOME": str(code),  # or boto3 would read the settings of the user who runs this
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "LAMBDA_TASK_ROOT": str(code),
        "_HANDLER": str(function.handler),
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": log.group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log.stream,
        "AWS_LAMBDA_LOG_FORMAT": "JSON" if log.json else "Text",
        **({"AWS_LAMBDA_LOG_LEVEL": level} if log.json else {}),
        **role_credentials(function.role, function.function_name, function.region, function.function_arn),
    }


def role_credentials(role: str, session: str, region: str, function: str | None = None) -> dict[str, str]:
    """Credentials of the role, as the environment variables that AWS clients read; AWS renews them, so they last.

    Policies know which `function` they were made for.
    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    """
    account = role.split(":")[4]
    year = 365 * 24 * 60 * 60
    assumed = sts_backends[account]["aws"].assume_role(
        region_name=region, role_session_name=session, role_arn=role, policy="", duration=year, external_id=""
    )
    assumed.source_function = function  # type: ignore[attr-defined]
    return {
        "AWS_ACCESS_KEY_ID": assumed.access_key_id,
        "AWS_SECRET_ACCESS_KEY": assumed.secret_access_key,
        "AWS_SESSION_TOKEN": assumed.session_token,
    }
