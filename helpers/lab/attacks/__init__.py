"""Attacks that notebooks replay: what somebody with stolen credentials does, step by step.

An attack acts through boto3 and the console's sign-in alone, on any account of a lab, and says of
each step whether it worked, and if not, what stopped it.
"""

from helpers.lab.attacks.step import Step, attempt

__all__ = ["Step", "attempt"]
