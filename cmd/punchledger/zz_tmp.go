package main

func (cmd *demoCmd) Run(c *console) error { return nil }

type rulesTestCmd struct {
	Rules string `arg:""`
}

func (cmd *rulesTestCmd) Run(c *console) error { return nil }
