package host

import "batchlab/internal/cpulimit"

// Quota is how many cores this process may use: GOMAXPROCS, or the control group's limit if lower (docker run --cpus).
func Quota() float64 { return cpulimit.Cores() }
