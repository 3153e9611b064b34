"""Attacks on the running service, and whether it holds: `make attack` (`python -m tests.attacks`).

Each attack gets a fresh `pdarts up` with a home of its own. While it runs, a *bystander* (other
owners, from another address of this machine, in a process of its own) asks for its own searches and
for `/livez` on a clock that does not wait for answers, and the memory of the API process is
watched. The table at the end says what happened, how fast the bystander was answered, and whether
the service held: the attack's own verdict, the goals of `tests.attacks.trial.GOALS`, and no error
for the bystander. Everything stays on the loopback addresses, and an attack runs in a process that
is killed if it takes too long, and cannot take much memory itself.

To add an attack, add a module to `tests/attacks/each` with a module constant `ATTACK`:

    def _attack(target: Target) -> Outcome:
        with target.client(target.key) as client:
            while target.has_time():
                answer = client.post("/searches", content=BODY)
        return Outcome(said=f"answered {answer.status_code}", held=answer.status_code == 422)

    ATTACK = Attack(name="empty lists in metadata", row=2, run=_attack)

`row` orders the table. The function may start threads; it must be importable (no lambda), since it
runs in another process, and should stop when `target.has_time()` says no. `auth="off"` serves
without keys, `environment` sets further PDARTS_* variables, and an attack that takes the service
from the bystander by design (a database that is gone) says so with `spares_others=False`: then only
its own verdict and the memory count. `target.home` and `target.database_url` are there for attacks
on files. The worker is drained, so that no training takes the processors.
"""
