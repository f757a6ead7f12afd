"""One agent's answer: its checks, what its model is asked, and what the answer is worth."""
