// Package api is the wire contract of POST /testB, shared by the server (service-b)
// and the load generator (service-a). It depends on the standard library alone.
//
//	request   {"ts": <number, epoch ms>, "url": "<absolute http(s) URL>"}
//	200       {"rec_ts":<ts as sent>,"resp_ts":<ms>,"ts_diff":<resp_ts - rec_ts, ms>}
//	not 200   {"error":"<what is wrong>","code":"<one of the codes>"}
//
// The messages are pinned byte for byte by the golden files in testdata.
package api

// Path is where the server answers.
const Path = "/testB"
