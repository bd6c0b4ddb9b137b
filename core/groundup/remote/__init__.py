"""Remote control: LabRecorder's text commands, with replies that tell the truth."""
