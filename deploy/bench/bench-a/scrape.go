package main

import (
	"context"
	"io"
	"net/http"
	"time"
)

// scrape reads the metrics each second until ctx ends, as Prometheus does.
func scrape(ctx context.Context, url string) {
	for {
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
		}
	}
}
