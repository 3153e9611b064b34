"""With a key: webhooks that lead into the operator's network or to a cloud's metadata."""

from tests.attacks.attack import Attack, Outcome, Target

URLS = (
    "https://127.0.0.1/",
    "https://10.0.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://192.0.0.192/opc/v2/instance/",
    "https://100.100.100.200/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[3fff::1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1:7f00:1::]/",
    "https://[2002:7f00:1::1]/",
    "https://[2001:0:7f00:1::1]/",
    "https://[fd00:ec2::254]/",
    "https://0x7f000001/",
)


def _attack(target: Target) -> Outcome:
    with target.client(target.key) as client:
        accepted = [
            url
            for url in URLS
            if client.post("/webhooks", json={"url": url, "events": ["search.failed"]}).status_code
            != 422
        ]
    return Outcome(said=f"{len(accepted)} of {len(URLS)} addresses accepted", held=not accepted)


ATTACK = Attack(
    name="webhooks to addresses inside",
    row=10,
    run=_attack,
    environment={"PDARTS_WEBHOOKS": "on"},
)
