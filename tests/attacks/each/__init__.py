"""One module for each attack, with a constant `ATTACK`."""

import importlib
import pkgutil

from tests.attacks.attack import Attack


def every_attack() -> list[Attack]:
    """Return the attacks of all modules here, in the order of their rows."""
    modules = [
        importlib.import_module(f"{__name__}.{found.name}")
        for found in pkgutil.iter_modules(__path__)
    ]
    attacks: list[Attack] = [module.ATTACK for module in modules]
    return sorted(attacks, key=lambda attack: (attack.row, attack.name))
