"""The pages and hooks: what customers, the desk and providers reach over HTTP."""
