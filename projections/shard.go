package projections

import (
	"hash/fnv"
	"strings"
)

// ShardOf returns to which of so many shards an employee belongs, from 0. It is the same for ever: rows are stored by it.
func ShardOf(employee string, shards int) int {
	if shards <= 1 {
		return 0
	}
	h := fnv.New32a()
	h.Write([]byte(employee))
	return int(h.Sum32() % uint32(shards))
}

// Concerns says whether a shard takes in the events of a stream: those about its employees; what governs everybody, in every shard;
// and all else, such as devices, in the first one.
func Concerns(stream string, shard, shards int) bool {
	category, rest, _ := strings.Cut(stream, "-")
	switch category {
	case "timecard", "request", "employee", "roster":
		employee, _, _ := strings.Cut(rest, "-")
		return ShardOf(employee, shards) == shard
	case "group", "ruleset", "calendar", "site", "clock":
		return true
	}
	return shard == 0
}
