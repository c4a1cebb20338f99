// Package promqltest runs the dashboard's queries and the rules in Prometheus' own engine, on known series. It is a
// separate module, so that Prometheus' dependencies stay out of the lab's go.mod.
package promqltest
