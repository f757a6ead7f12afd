"""METAR, SPECI and TAF."""
