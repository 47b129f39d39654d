"""Words: what a notice says, written once and given a form for each channel."""

from doorstep.words.library import Library, Names
from doorstep.words.skeleton import Message, Skeleton

__all__ = ["Library", "Message", "Names", "Skeleton"]
