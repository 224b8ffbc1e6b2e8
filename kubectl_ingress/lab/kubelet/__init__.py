"""The played machines: scheduler, kubelet, and the programs in the containers."""
