package main

import "flag"

var (
	tortureFor  = flag.Duration("torture.for", 0, "how long the torture tests run; 0 runs the slice of make test")
	tortureSeed = flag.Int64("torture.seed", 1, "seed of the torture tests")
)
