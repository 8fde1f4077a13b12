// Command punchledger is an event-sourced attendance ledger: one binary with its ledger, its views and its command line.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, invocation{
		Args: os.Args[1:], Dir: workingDir(), Getenv: os.Getenv,
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Terminal: isTerminal(os.Stderr),
	})
	stop()
	os.Exit(code)
}
