package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"

	"batchlab/service-b/api"
)

// plain runs this program as a plain gin server.
func plain(name, codec string) contender {
	return contender{name, fmt.Sprintf("exec %q plain %s", os.Args[0], codec)}
}

// servePlain is the server that service-b is compared with: a gin handler that does the same JSON work
// without batching. Codec is std (encoding/json) or same (the codec and the GOGC of service-b).
func servePlain(ctx context.Context, codec string) error {
	handle := map[string]gin.HandlerFunc{"std": standard, "same": same}[codec]
	if handle == nil {
		return fmt.Errorf("the codec is %q, allowed is std or same", codec)
	}
	if codec == "same" && os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // as service-b does
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.Use(gin.Recovery())
	engine.POST(api.Path, handle)
	server := &http.Server{Addr: os.Getenv("LISTEN_ADDR"), Handler: engine}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return server.ListenAndServe()
}

// standard is the obvious implementation.
func standard(c *gin.Context) {
	var request struct {
		TS  *float64 `json:"ts"`
		URL string   `json:"url"`
	}
	body, err := io.ReadAll(c.Request.Body)
	if err == nil {
		err = json.Unmarshal(body, &request)
	}
	if err != nil || request.TS == nil || !api.IsURL(request.URL) {
		c.JSON(http.StatusBadRequest, gin.H{"error": "invalid", "code": api.CodeInvalid})
		return
	}
	now := float64(time.Now().UnixMicro()) / 1000
	c.JSON(http.StatusOK, struct {
		RecTS  float64 `json:"rec_ts"`
		RespTS float64 `json:"resp_ts"`
		TSDiff float64 `json:"ts_diff"`
	}{*request.TS, now, now - *request.TS})
}

// same reads and writes with the codec of service-b.
func same(c *gin.Context) {
	body, err := io.ReadAll(c.Request.Body)
	request, invalid := api.DecodeRequest(body)
	if err := cmp.Or(err, invalid); err != nil {
		c.JSON(http.StatusBadRequest, gin.H{"error": err.Error(), "code": api.CodeInvalid})
		return
	}
	c.Data(http.StatusOK, "application/json; charset=utf-8", request.ReplyAt(time.Now()).AppendJSON(body[:0]))
}
