"""The only place that knows everyone: reads the configuration, builds the whole by constructors, runs it."""
