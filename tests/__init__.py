"""The suite: one embedded database server for a run, one migrated template, a clone for each test that commits."""
