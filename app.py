"""The CDK app: reads the settings, builds the stack, and has three rule packs judge it at every synth."""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import workflow  # noqa: F401  # before aws_cdk, which starts Node at once: it says which

# isort: split
from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks

from workflow.eventbridge import LimitError
from workflow.settings import CDK_JSON, FileError, Settings, SettingsError, read_context
from workflow.stack import Trailkeeper


def synthesize(context: Mapping[str, object] | None = None, outdir: str | None = None) -> Path:
    """Write the cloud assembly and return its folder; `context` overrides cdk.json, as `-c key=value` does.

    Raises SettingsError for a setting that cannot be used, LimitError for a rule that EventBridge would refuse, and
    RuntimeError for a finding of cdk-nag that nobody acknowledged; validation-report.json in the folder lists them.
    """
    context = read_context(CDK_JSON) | dict(context or {})
    # CDK's own check of the template takes half of a synth, and cfn-lint in the tests says the same.
    app = App(context=context, outdir=outdir, analytics_reporting=False, builtin_cloud_formation_validation=False)
    settings = Settings.from_context(app.node.get_all_context())
    with tempfile.TemporaryDirectory() as code:
        Trailkeeper(app, "Trailkeeper", settings=settings, code=Path(code))
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), NIST80053R5Checks(app), ServerlessChecks(app))
    return Path(app.synth().directory)


if __name__ == "__main__":
    try:
        synthesize()
    except (SettingsError, FileError, LimitError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
