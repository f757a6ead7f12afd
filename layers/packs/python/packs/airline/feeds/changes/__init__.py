"""Messages that change schedules: ad hoc ones (ASM) and standard ones (SSM)."""
