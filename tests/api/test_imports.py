import subprocess
import sys

HEAVY = ("torch", "torchvision", "sklearn")


def test_the_interface_starts_without_torch() -> None:
    code = f"import sys, api.main; print([name for name in {HEAVY} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"
