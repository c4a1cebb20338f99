// Package threadtime reads how much CPU time a thread has used.
package threadtime
