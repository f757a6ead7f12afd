"""When and in what weather an airport can be used."""
