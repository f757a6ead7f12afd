"""Every alarm of a deployment rings when its cause occurs."""
