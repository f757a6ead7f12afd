"""Composition root: stage and pack come from the context, the stacks from both.

``cdk deploy --all -c stage=dev -c pack=airline [-c notify=team@example.org] ...``; ``infra/context.py`` lists all values.
"""

import sys
from datetime import UTC, datetime

from conclave.pack import PackInvalid, PackUnknown, load_pack

from infra.application import App, build, check_prices
from infra.context import asked
from infra.stage import Contradiction, StageUnknown


def main() -> None:
    """Synthesises the stacks; a mistake of the caller ends in a message without a stack trace, and exit code 1."""
    app = App()
    try:
        wanted = asked(app.node.get_all_context())
        pack = load_pack(wanted.pack)
        pack.validate()
        check_prices(wanted.stage, datetime.now(UTC).date())
        build(app, stage=wanted.stage, pack=pack, notify=wanted.notify, console=wanted.console)
        app.synth()
    except (StageUnknown, PackUnknown, PackInvalid, Contradiction, RuntimeError) as mistake:
        sys.exit(f"conclave: {mistake}")


if __name__ == "__main__":
    main()
