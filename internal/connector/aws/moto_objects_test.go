package aws

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"tocsin/internal/connector"
	"tocsin/internal/connector/connectortest"
)

func (m *moto) bucket(name string, versioned bool) *s3.Client {
	m.t.Helper()
	client := s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: &m.url, UsePathStyle: true, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	if _, err := client.CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: &name}); err != nil {
		m.t.Fatal(err)
	}
	if versioned {
		_, err := client.PutBucketVersioning(context.Background(), &s3.PutBucketVersioningInput{
			Bucket: &name, VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled},
		})
		if err != nil {
			m.t.Fatal(err)
		}
	}
	return client
}

func put(t *testing.T, client *s3.Client, bucket, key, text string) (version string) {
	t.Helper()
	out, err := client.PutObject(context.Background(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(text)})
	if err != nil {
		t.Fatal(err)
	}
	return sdk.ToString(out.VersionId)
}

func TestMotoTheVersionThatAMessageNamesIsRead(t *testing.T) {
	t.Parallel()
	m := newMoto(t)
	url, bucket := m.queue(m.name(), nil), m.name()
	client := m.bucket(bucket, true)
	first := put(t, client, bucket, "a b/ü.json", "the first")
	put(t, client, bucket, "a b/ü.json", "the second")
	m.send(url, pointTo(bucket, "a+b/%C3%BC.json", first), throughSNS(pointTo(bucket, "a+b/%C3%BC.json", "")), pointTo(bucket, "never", ""), "plain")
	sink := &connectortest.Sink{}
	stop := consume(t, m.account(two(), url), sink)
	connectortest.Eventually(t, 30*time.Second, "the queue is empty", func() bool { return m.empty(url) })
	stop()
	got := map[string]string{}
	for _, msg := range sink.Messages() {
		got[string(msg.Body)] = msg.Object + msg.Refused
	}
	never := "The object s3://" + bucket + "/never is not there any more, or never was."
	want := map[string]string{"the first": bucket + "/a b/ü.json", "the second": bucket + "/a b/ü.json", pointTo(bucket, "never", ""): never, "plain": ""}
	for body, says := range want {
		if got[body] != says {
			t.Errorf("%s: %q, want %q", body, got[body], says)
		}
	}
}

// TestMotoARunFindsEveryFinding uses a region of its own: the emulator's
// findings are one list for a region.
func TestMotoARunFindsEveryFinding(t *testing.T) {
	t.Parallel()
	m := newMoto(t)
	const n = 250
	importFindings(t, m.url, "ca-central-1", n)
	var got []string
	a := m.account(quick())
	err := a.Reconcile(t.Context(), "ca-central-1", spanOf(0, 1), func(_ context.Context, p connector.Page) error {
		var body struct{ Findings []struct{ ID string } }
		if err := json.Unmarshal(p.Messages[0].Body, &body); err != nil {
			return err
		}
		for _, f := range body.Findings {
			got = append(got, f.ID)
		}
		return nil
	})
	slices.Sort(got)
	if err != nil || len(slices.Compact(got)) != n {
		t.Errorf("%d findings, %v", len(got), err)
	}
}

// importFindings speaks to the emulator without our client.
func importFindings(t *testing.T, url, region string, n int) {
	t.Helper()
	for from := 0; from < n; from += 100 {
		var list []map[string]any
		for i := from; i < min(from+100, n); i++ {
			list = append(list, map[string]any{
				"SchemaVersion": "2018-10-08", "Id": fmt.Sprintf("reconcile-%d", i), "ProductArn": "arn:aws:securityhub:" + region + ":123456789012:product/123456789012/default",
				"GeneratorId": "g", "AwsAccountId": "123456789012", "CreatedAt": at(i), "UpdatedAt": at(i), "Title": "t", "Description": "d",
				"Types": []string{"TTPs"}, "Severity": map[string]any{"Label": "HIGH"}, "Resources": []any{map[string]any{"Type": "Other", "Id": "r"}},
			})
		}
		text, _ := json.Marshal(map[string]any{"Findings": list})
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/findings/import", bytes.NewReader(text))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/"+region+"/securityhub/aws4_request, SignedHeaders=host, Signature=none")
		res, err := http.DefaultClient.Do(r)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatal(err, res)
		}
		_ = res.Body.Close()
	}
}
