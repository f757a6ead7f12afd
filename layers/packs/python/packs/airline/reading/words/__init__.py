"""Words of reports and what they mean, by what they are about: data, in several languages, without a line of control."""
