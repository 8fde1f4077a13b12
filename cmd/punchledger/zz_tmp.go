package main

func (cmd *demoCmd) Run(c *console) error { return nil }
