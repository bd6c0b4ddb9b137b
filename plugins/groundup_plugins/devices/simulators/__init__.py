"""Stand-ins for hardware: each speaks the published protocol of its device over the real transport.

``python -m groundup_plugins.devices.simulators.trigno`` starts one for a person to connect to; the tests of the drivers
use the same classes, and make them misbehave.
"""
