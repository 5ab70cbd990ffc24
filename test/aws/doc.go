// Package aws_test deploys our CloudFormation template on an AWS emulator and
// follows events through it. It needs TOCSIN_TEST_MOTO (make test starts one)
// and skips, loudly, without.
package aws_test
