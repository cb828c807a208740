"""The balanced CNN as processors compute it fast: two convolutions merged to one, edges as channels."""
