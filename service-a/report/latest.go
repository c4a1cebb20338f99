package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// span is when the window of a stored run was open.
type span struct {
	path       string
	begin, end time.Time
}

// latest returns the latest run in dir and those that overlap it. It reads no histograms, because a directory may
// hold thousands of runs.
func latest(dir string) (paths, leftOut []string, err error) {
	names, err := reports(dir)
	if err != nil {
		return nil, nil, err
	}
	var spans []span
	var unread []error
	for _, name := range names {
		if !strings.HasPrefix(name, "run-") {
			continue
		}
		s, err := spanOf(filepath.Join(dir, name))
		if err != nil {
			unread = append(unread, err)
			continue
		}
		spans = append(spans, s)
	}
	if len(spans) == 0 {
		return nil, nil, errors.Join(append(unread, fmt.Errorf("%s has no report of a run; allowed: run-*.json, or a directory with some", dir))...)
	}
	last := slices.MaxFunc(spans, func(a, b span) int { return a.begin.Compare(b.begin) })
	for _, s := range spans {
		if s == last || s.begin.Before(last.end) && last.begin.Before(s.end) {
			paths = append(paths, s.path)
		}
	}
	if n := len(spans) - len(paths); n > 0 {
		leftOut = append(leftOut, fmt.Sprintf("%d earlier runs in %s, which do not overlap the latest", n, dir))
	}
	for _, err := range unread {
		leftOut = append(leftOut, err.Error())
	}
	return paths, leftOut, nil
}

func spanOf(path string) (s span, err error) {
	body, err := load(path)
	if err != nil {
		return s, err
	}
	var d struct {
		Started   time.Time `json:"started"`
		DurationS float64   `json:"duration_s"`
		Window    struct {
			BeginS float64 `json:"begin_s"`
		} `json:"window"`
	}
	if err := json.Unmarshal(body, &d); err != nil {
		return s, fmt.Errorf("%s: not a report: %w", path, err)
	}
	begin := d.Started.Add(seconds(d.Window.BeginS))
	return span{path, begin, begin.Add(seconds(d.DurationS))}, nil
}
