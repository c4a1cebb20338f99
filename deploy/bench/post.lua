-- wrk sends the body that the other load generators get on their command line.
wrk.method = "POST"
wrk.body = os.getenv("BODY")
