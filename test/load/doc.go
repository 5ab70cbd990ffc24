// Command load measures the product beside a baseline in the same run and
// writes bench/results.json and a table. What comes in are the real binary
// (TOCSIN_BIN) and, when they are there, PostgreSQL (TOCSIN_TEST_PG) and an AWS
// emulator (TOCSIN_TEST_MOTO); what goes out are figures, each with its
// durability level, its spread and its bar. A figure below its bar is marked,
// and never fails a test: machines differ.
package main
