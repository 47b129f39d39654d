"""Those who meet customers or are called by them: who they are, whether they know the answers, and what they are told."""
