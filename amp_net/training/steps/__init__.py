"""How optimizer steps are made: optimizer and schedule, arithmetic, devices, and the loop under each backend.

What is written between the steps, and where a run goes on, is in `amp_net.training` itself.
"""
