"""The programme's desk: who may log in, what they may see and change, and the trail of what they did."""
