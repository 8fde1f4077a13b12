package sqlite_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
)

func TestWritesAtTheSameTimeAreCarriedOutTogetherAndEachOnce(t *testing.T) {
	var g sqlite.Gather
	var all sync.WaitGroup
	begun, goOn := make(chan struct{}), make(chan struct{})
	var rounds [][]int
	carryOut := func(items []*int) {
		if len(rounds) == 0 {
			close(begun)
			<-goOn
		}
		var round []int
		for _, i := range items {
			round = append(round, *i)
		}
		rounds = append(rounds, round)
	}
	first := 0
	all.Go(func() { g.Join(&first, carryOut) })
	<-begun
	const others = 50
	for i := range others {
		all.Go(func() {
			n := i + 1
			g.Join(&n, carryOut)
		})
	}
	for g.Waiting() < others { // the first one holds them up
	}
	close(goOn)
	all.Wait()
	require.Len(t, rounds, 2)
	require.Equal(t, []int{0}, rounds[0])
	want := make([]int, others)
	for i := range want {
		want[i] = i + 1
	}
	require.ElementsMatch(t, want, rounds[1])
	last := 99
	g.Join(&last, carryOut)
	require.Equal(t, []int{99}, rounds[2], "nobody is waited for")
}
