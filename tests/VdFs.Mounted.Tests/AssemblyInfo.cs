// Two cores, and tests that measure order in time: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
