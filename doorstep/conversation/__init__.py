"""The conversation with customers: what they told us, asked, chose and thought of it."""
