"""Movement, diversion and load messages (MVT, DIV, LDM)."""
