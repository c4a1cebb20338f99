// Package api is the wire contract of POST /testB, shared by the server (service-b)
// and the load generator (service-a). It uses only the standard library.
//
//	request   {"ts": <number, epoch ms>, "url": "<absolute http(s) URL>"}
//	200       {"rec_ts":<ts as sent>,"resp_ts":<ms>,"ts_diff":<resp_ts - rec_ts, ms>}
//	not 200   {"error":"<what is wrong>","code":"<one of the codes>"}
//
// Golden files in testdata pin the messages byte for byte.
package api

// Path is the path of the endpoint.
const Path = "/testB"
