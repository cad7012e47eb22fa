"""The ticket, its annexes, and the pack that holds them."""
