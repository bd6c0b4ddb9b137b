"""How the leg moves: joint angles by sensors worn on it, how the foot rolls, where the trailing leg points."""
