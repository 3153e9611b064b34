"""On the same machine, as another user: look for files of the service that can be read."""

from tests.attacks.attack import Attack, Outcome, Target


def _attack(target: Target) -> Outcome:
    places = [target.home, *target.home.rglob("*")]
    # A socket may go while we look.
    found = [place for place in places if place.exists() and not place.is_symlink()]
    can_be_read = [place for place in found if place.stat().st_mode & 0o077]
    shown = ", ".join(str(place.relative_to(target.home.parent)) for place in can_be_read[:3])
    return Outcome(
        said=f"{len(can_be_read)} of {len(found)} places are open to others {shown}".rstrip(),
        held=not can_be_read,
    )


ATTACK = Attack(name="files that other users can read", row=6, run=_attack, seconds=5.0)
