// Package domain holds what the whole model shares: dates, instants, seconds, actors, events, secrets and errors.
//
// It is pure: no clock, no input or output, no randomness, no context. Everything a decision needs comes in as data.
package domain
