// A repository that looks like the lab's, with stand-ins for its programs, for the tests of deploy/local.
module batchlab

go 1.26
