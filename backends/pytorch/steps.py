"""Counts training steps for a batch norm with momentum=None, which averages all batches so far."""

import numpy as np


class Steps:
    """A call goes on where its running statistics are, bit for bit, what the last call gave; else it is the first."""

    def __init__(self):
        self.count = 0
        self.last = None

    def before(self, mean, var):
        """How many batches a layer with these running statistics has seen."""
        goes_on = self.last is not None and all(
            np.array_equal(old, new) for old, new in zip(self.last, (mean.numpy(), var.numpy()))
        )
        self.count = self.count if goes_on else 0
        return self.count

    def after(self, mean, var):
        self.count += 1
        self.last = (mean.numpy().copy(), var.numpy().copy())
