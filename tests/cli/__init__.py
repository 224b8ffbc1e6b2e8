"""The command line as a whole: what starting it loads, what its help says."""
