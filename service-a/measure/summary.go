package measure

import "time"

// Setting is one variable of the run's configuration: a number or a string.
type Setting struct {
	Name  string
	Value any
}

// Run is the raw result of a run. Times are offsets from Started.
type Run struct {
	Concurrency int
	Rate        float64 // 0 = closed loop
	Started     time.Time
	WindowBegan time.Duration // after the warm-up
	WindowEnded time.Duration // when sending stopped
	Finished    time.Duration // when the last reply arrived
	ClockStep   time.Duration // how far the wall clock moved against the monotonic one
	Totals      *Totals
	Warmup      *Totals // of requests sent during the warm-up
	Dropped     int64   // open loop: due but not sent
	Unconnected int64   // of Dropped, those that found a worker without a connection; at the rest, all workers had one in flight
}

// Conditions are what was observed beside the samples, over the run's window.
type Conditions struct {
	CPU      CPU
	MayUse   float64  // cores that A may use; 0 = unknown
	Server   Server   // the last reading
	Timeline Timeline // what happened to B
	B        *Between // nil if B could not be read
	InFlight InFlightSamples
}

// Window is the span over which rates are counted.
type Window struct {
	Length   time.Duration
	OK       int64 // ok replies that arrived in it
	Answered int64 // replies of any kind
	Steady   bool  // it ended when sending stopped, as it should
}

// Window returns the measured window, which ends when sending stops. If most ok replies arrive later,
// the run is too short for that, and the window ends with the last ok reply.
func (r Run) Window() Window {
	ok := r.Totals.Outcomes[OK]
	inWindow := r.Totals.OKInWindow + r.Warmup.OKInWindow
	if 2*inWindow < ok {
		return Window{r.Totals.LastOK - r.WindowBegan, ok, r.Totals.Sent(), false}
	}
	return Window{r.WindowEnded - r.WindowBegan, inWindow, r.Totals.InWindow + r.Warmup.InWindow, true}
}

// QPS is the rate of ok replies; 0 if the window has no length.
func (w Window) QPS() float64 {
	if w.Length <= 0 {
		return 0
	}
	return float64(w.OK) / w.Length.Seconds()
}

// Summary is a run in figures.
type Summary struct {
	Run
	Config    []Setting
	TotalTime time.Duration // from the start of the window to the last reply
	Window    Window
	QPS       float64 // ok replies per second of the window
	InFlight  LittlesLaw
	CPU       CPU
	B         *Between // nil if B could not be read
	Server    Server   // the last reading of B
	Timeline  Timeline // what happened to B
	Verdict   Verdict
	Goals     []Goal // none unless the caller sets them
	Origin
	Runs []Summary // if it is merged of several
}

// Origin is where a run was measured, and by what.
type Origin struct {
	Version string // of service A; "" = unknown
	Host    string // the boot id of A's kernel; "" = unknown
	File    string // the report it was read from; "" = none
}

// Span is when the window was open.
func (s Summary) Span() (begin, end time.Time) {
	begin = s.Started.Add(s.WindowBegan)
	return begin, begin.Add(s.Window.Length)
}

// Summarize computes the figures of a run.
func Summarize(r Run, config []Setting, c Conditions) Summary {
	w := r.Window()
	s := Summary{
		Run: r, Config: config, TotalTime: r.Finished - r.WindowBegan, Window: w, CPU: c.CPU, B: c.B, Server: c.Server, Timeline: c.Timeline,
		InFlight: littlesLaw(r, w, c.InFlight), Verdict: judge(r, c),
	}
	s.QPS = w.QPS()
	return s
}
