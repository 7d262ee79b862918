"""The intent: model, loader and pure derivations."""
