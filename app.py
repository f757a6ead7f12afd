"""Composition root: stage and pack come from the context, the stacks from both.

``cdk deploy --all -c stage=dev -c pack=airline [-c notify=team@example.org] [-c regulated=true] [-c user_pool_arn=ARN]
[-c runs_at_once=20]``
"""

import sys

from conclave.pack import PackInvalid, PackUnknown, load_pack

from infra.application import App, build
from infra.stage import Contradiction, StageUnknown, adapted, find_stage


def main() -> None:
    """Synthesises the stacks; a mistake of the caller ends in a message without a stack trace, and exit code 1."""
    app = App()
    context = app.node.try_get_context
    try:
        stage = adapted(
            find_stage(context("stage") or "local"),
            regulated=str(context("regulated")).lower() == "true",
            user_pool_arn=context("user_pool_arn") or "",
            runs_at_once=str(context("runs_at_once") or ""),
        )
        pack = load_pack(context("pack") or "airline")
        pack.validate()
        build(app, stage=stage, pack=pack, notify=context("notify") or "")
        app.synth()
    except (StageUnknown, PackUnknown, PackInvalid, Contradiction, RuntimeError) as mistake:
        sys.exit(f"conclave: {mistake}")


if __name__ == "__main__":
    main()
