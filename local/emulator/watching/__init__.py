"""CloudWatch as the engine needs it: the services' metrics about themselves, embedded metrics, alarms that look at them."""
