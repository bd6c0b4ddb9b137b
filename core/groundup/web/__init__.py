"""The dashboard: live signals, health, strides, profile and biofeedback in a browser.

A process of its own that listens to LSL like any other program: when it hangs or is closed, the recording does not
notice. `groundup.web.app.make_app` is the server, `groundup.web.streams.Feeds` what it shows. Needs the extra ``web``.
"""
