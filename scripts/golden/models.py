#!/usr/bin/python3
"""Makes the golden values of layers, losses, optimizers, schedules and small models: python3 scripts/golden/models.py

Needs PyTorch (Debian: python3-torch). Writes tests/golden/{layers,losses,modules,optimizers,schedules,sets,ends,windows}.json. The tests need only those files.
"""

import torch

import ends
import layers
import losses
import modules
import optimizers
import sets
import windows

if __name__ == "__main__":
    torch.manual_seed(0)
    layers.main()
    losses.main()
    modules.main()
    optimizers.main()
    sets.main()
    ends.main()
    windows.main()
