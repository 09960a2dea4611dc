"""A dry run of `up`: the preview of an environment, of which nothing stays."""

from dataclasses import replace

from operations.environments.bring_up import Asked
from operations.environments.engine import Engine
from operations.environments.items import Environment
from operations.environments.place import Place
from operations.environments.progress import Progress
from operations.environments.stacks import preview_name
from operations.environments.template import render


def preview(place: Place, wanted: Asked, found: Environment) -> None:
    """Preview what `up` would do with an environment that was checked.

    A preview needs a stack. Where the environment has none yet, one of another name is made, and removed afterwards: what is
    killed meanwhile leaves nothing under the environment's own name, and the janitor removes it (`janitor.py`).
    """
    engine, progress = place.engine(found.stack), Progress(what=f"preview of {found.stack}")
    if engine.exists():
        _write(place, wanted, found, engine)
        engine.preview(progress)
        return
    new = replace(found, name=preview_name(place.seconds))
    engine = place.engine(new.stack)
    _write(place, wanted, new, engine)
    engine.init(place.secrets_provider or wanted.template.secrets_provider, new=True)
    try:
        engine.preview(progress)
    finally:
        engine.remove()
    # All of it was shown, and none after it has its name.
    engine.log.unlink(missing_ok=True)


def _write(place: Place, wanted: Asked, found: Environment, engine: Engine) -> None:
    engine.write(render(wanted.template, place.dev, found, place.secrets_provider))
