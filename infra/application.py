"""The stacks of a stage and a pack, put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from aws_cdk import App, Tags
from conclave.agents.prices import price_table
from conclave.codec import RecordInvalid
from conclave.configuration.applied import not_taken
from conclave.configuration.document import settings_from
from conclave.money.prices import PricesInvalid, PriceUnknown, price_book
from conclave.pack import Pack

from infra import nag
from infra.console_stack import ConsoleStack, require_console
from infra.constructs.layers import refuse_without_byte_code
from infra.data_stack import DataStack
from infra.engine_stack import EngineStack
from infra.operations_stack import OperationsStack
from infra.stage import Contradiction, Stage

PRICES_DAYS = 366
"""Age up to which prices count as compared with those of the provider."""


def check_prices(stage: Stage, today: date, rows: Mapping[str, Any] | None = None) -> None:
    """Refuses prices by which nobody should spend money.

    Args:
        stage: Where they are to be used; one that is not on AWS spends nothing.
        today: The day.
        rows: Prices instead of the packaged ones.

    Raises:
        Contradiction: They are malformed, miss a model that a tier has, or were compared too long ago.
    """
    try:
        book = price_book(rows)
        price_table(today.isoformat(), book).require_all()
    except (PricesInvalid, RecordInvalid, PriceUnknown) as error:
        raise Contradiction(f"{error} (conclave/money/prices.json)") from None
    age = (today - date.fromisoformat(book.as_of)).days
    if stage.on_aws and age > PRICES_DAYS:
        raise Contradiction(
            f"the prices are as of {book.as_of}, {age} days ago; compare them with their source and write that day into as_of "
            "of conclave/money/prices.json"
        )


def check_inference(stage: Stage, pack: Pack) -> None:
    """Refuses parameters of inference that a model would be asked without; the stage's settings are valid.

    Args:
        stage: States some by kind of agent.
        pack: States others, below those of the stage.

    Raises:
        Contradiction: A model of the kind's own tiers does not take one.
    """
    settings = settings_from({}, stage.packaged_settings)
    if refused := list(not_taken(pack, settings, price_table().tiers)):
        raise Contradiction("; ".join(refused))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stacks:
    """The stacks: what stays, what runs, what watches, and the console where it is asked for."""

    data: DataStack
    engine: EngineStack
    operations: OperationsStack
    console: ConsoleStack | None = None


def build(app: App, *, stage: Stage, pack: Pack, notify: Sequence[str], console: bool = False) -> Stacks:
    """Adds the stacks to the app.

    Args:
        app: The app.
        stage: The stage.
        pack: The pack, already validated.
        notify: E-mail addresses that get alarms and budget notices.
        console: Whether the stage gets a console.

    Raises:
        Contradiction: When the pack and the stage do not fit together.
    """
    if console:
        require_console(stage)
    data = DataStack(app, stage.stack(pack, "data"), stage=stage, pack=pack)
    engine = EngineStack(app, stage.stack(pack, "engine"), stage=stage, pack=pack, data=data)
    check_inference(stage, pack)
    operations = OperationsStack(
        app, stage.stack(pack, "operations"), stage=stage, pack=pack, data=data, engine=engine, notify=notify
    )
    page = (
        ConsoleStack(app, stage.stack(pack, "console"), stage=stage, pack=pack, data=data, engine=engine)
        if console
        else None
    )
    refuse_without_byte_code(data, stage.runtime)
    refuse_without_byte_code(engine, stage.runtime)
    for stack in filter(None, (data, engine, operations, page)):
        Tags.of(stack).add("conclave:stage", stage.name)
        Tags.of(stack).add("conclave:pack", pack.name)
    if stage.on_aws:
        nag.check(
            app,
            regulated=stage.regulated,
            prefix=stage.prefix(pack),
            known=(*nag.acknowledged(regulated=stage.regulated), *(nag.ACKNOWLEDGED_CONSOLE if page else ())),
        )
    return Stacks(data=data, engine=engine, operations=operations, console=page)


__all__ = ["App", "Stacks", "build", "check_prices"]
