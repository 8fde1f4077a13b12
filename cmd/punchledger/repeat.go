package main

import (
	"strconv"

	"github.com/google/uuid"
)

// requestIDs derives the ids of a command's work from the id of its request, so that the same command asks for the same again.
// Ids of commands are counted for each stream: a step that the first run took and the second does not need shifts no other.
type requestIDs struct {
	request  uuid.UUID
	made     int
	commands map[string]int
}

func (ids *requestIDs) derive(of string, n int) string {
	return uuid.NewSHA1(ids.request, []byte(of+"/"+strconv.Itoa(n))).String()
}

func (ids *requestIDs) next() string {
	ids.made++
	return ids.derive("id", ids.made)
}

func (ids *requestIDs) command(stream string) string {
	ids.commands[stream]++
	return ids.derive("command/"+stream, ids.commands[stream])
}

// unrepeated returns the writer with ids that no other command has, for a command that finds out by itself what is left to do.
func (w *writer) unrepeated() *writer {
	other := *w
	other.newID, other.commandID = uuid.NewString, func(string) string { return uuid.NewString() }
	return &other
}

// repeatable returns the writer for one command with the id of its request, or w itself where there is none.
func (w *writer) repeatable(request string) *writer {
	if request == "" {
		return w
	}
	ids := &requestIDs{request: uuid.NewSHA1(uuid.Nil, []byte("punchledger/request/"+request)), commands: map[string]int{}}
	once := *w
	once.newID, once.commandID = ids.next, ids.command
	return &once
}
